"""A security key that is not ours: formats by the package fido2 (0.9 and later), keys and signatures by cryptography.

Reads one ceremony as JSON on stdin and writes its outcome as JSON on stdout:

    {"ceremony": "create", "origin": ..., "options": ..., "algorithm": "ES256", "extensions": {...} or null}
    {"ceremony": "get", "origin": ..., "options": ..., "key": ...}

The outcome is {"credential": ..., "key": ...}: what a browser sends, and what the security key has to be given the next time.
"""

import base64
import hashlib
import json
import secrets
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2 import cose

try:
    from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

    def client_data(ceremony, challenge, origin):
        return CollectedClientData.create(type=f"webauthn.{ceremony}", challenge=challenge, origin=origin)

    def attestation_object(authenticator_data):
        return AttestationObject.create("none", authenticator_data, {})
except ImportError:  # before 1.0
    from fido2.client import ClientData
    from fido2.ctap2 import AttestationObject, AttestedCredentialData, AuthenticatorData

    def client_data(ceremony, challenge, origin):
        return ClientData.build(
            type=f"webauthn.{ceremony}", challenge=challenge, origin=origin, crossOrigin=False
        )

    def attestation_object(authenticator_data):
        return AttestationObject.create("none", authenticator_data, {}).with_string_keys()


USER_PRESENT, USER_VERIFIED, ATTESTED, EXTENSIONS = 0x01, 0x04, 0x40, 0x80

ALGORITHMS = {
    "ES256": (cose.ES256, lambda: ec.generate_private_key(ec.SECP256R1()), (ec.ECDSA(hashes.SHA256()),)),
    "RS256": (cose.RS256, lambda: rsa.generate_private_key(65537, 2048), (padding.PKCS1v15(), hashes.SHA256())),
    "EdDSA": (cose.EdDSA, ed25519.Ed25519PrivateKey.generate, ()),
}


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()



def sha256(data):
    return hashlib.sha256(data).digest()


def create(origin, options, algorithm, extensions):
    cose_key, generate, _ = ALGORITHMS[algorithm]
    if cose_key.ALGORITHM not in [offered["alg"] for offered in options["pubKeyCredParams"]]:
        raise ValueError(f"{algorithm} was not asked for")
    private_key = generate()
    key_id = secrets.token_bytes(32)
    public_key = cose_key.from_cryptography_key(private_key.public_key())
    attested = AttestedCredentialData.create(bytes(16), key_id, public_key)
    flags = USER_PRESENT | USER_VERIFIED | ATTESTED | (EXTENSIONS if extensions else 0)
    rp_id_hash = sha256(options["rp"]["id"].encode())
    data = AuthenticatorData.create(rp_id_hash, flags, 1, attested, extensions)
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = {
        "id": encode(key_id),
        "algorithm": algorithm,
        "private": pem.decode(),
        "counter": 1,
        "userHandle": options["user"]["id"],
    }
    response = {
        "clientDataJSON": encode(client_data("create", options["challenge"], origin)),
        "attestationObject": encode(attestation_object(data)),
        "transports": ["usb"],
    }
    return key, response


def get(origin, options, key):
    counter = key["counter"] + 1
    client = client_data("get", options["challenge"], origin)
    flags = USER_PRESENT | USER_VERIFIED
    data = AuthenticatorData.create(sha256(options["rpId"].encode()), flags, counter)
    private_key = serialization.load_pem_private_key(key["private"].encode(), None)
    signature = private_key.sign(data + sha256(client), *ALGORITHMS[key["algorithm"]][2])
    response = {
        "clientDataJSON": encode(client),
        "authenticatorData": encode(data),
        "signature": encode(signature),
        "userHandle": key["userHandle"],
    }
    return {**key, "counter": counter}, response


asked = json.load(sys.stdin)
ceremony = {"create": create, "get": get}[asked.pop("ceremony")]
used, answer = ceremony(**asked)
credential = {"id": used["id"], "rawId": used["id"], "type": "public-key", "response": answer}
json.dump({"credential": credential, "key": used}, sys.stdout)
