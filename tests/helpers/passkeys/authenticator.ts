import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { NewPasskey, PasskeyAssertion } from "../../../src/contract/passkeys";

const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest();
const text = (value: string) => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
const bytes = (value: Buffer) =>
  Buffer.concat([Buffer.from([0x59, value.length >> 8, value.length & 0xff]), value]);

const PRESENT = 0x01;
const VERIFIED = 0x04;
const MAY_BE_BACKED_UP = 0x08;
const BACKED_UP = 0x10;
const HAS_KEY = 0x40;

export interface Choices {
  /** What the browser says of the page; ours, unless a test plays another one. */
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly challenge?: string;
  readonly isVerified?: boolean;
  readonly isPresent?: boolean;
  readonly counter?: number;
  /** What it says of itself at this moment; as it was made, unless a test changes it. */
  readonly isBackedUp?: boolean;
  readonly userHandle?: string;
}

/** A passkey as a browser and its authenticator make it (WebAuthn Level 3), with nothing between us and its bytes. */
export class Authenticator {
  readonly id = randomBytes(16).toString("base64url");
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #isBackedUp: boolean;
  readonly #aaguid: string;
  counter = 0;
  userHandle = "";

  /** @param aaguid what keeps it, as hexadecimal digits and dashes */
  constructor({ isBackedUp = false, aaguid = "00000000-0000-0000-0000-000000000000" } = {}) {
    this.#isBackedUp = isBackedUp;
    this.#aaguid = aaguid;
  }

  create(options: { challenge: string; user: { id: string } }, choices: Choices = {}): NewPasskey {
    this.userHandle = options.user.id;
    const length = Buffer.from([0, Buffer.from(this.id, "base64url").length]);
    const key = Buffer.concat([
      Buffer.from(this.#aaguid.replaceAll("-", ""), "hex"),
      length,
      Buffer.from(this.id, "base64url"),
      coseKey(this.#keys.publicKey),
    ]);
    const authData = Buffer.concat([this.#authenticatorData(choices, HAS_KEY), key]);
    const attestation = Buffer.concat([
      Buffer.from([0xa3]),
      ...[text("fmt"), text("none"), text("attStmt"), Buffer.from([0xa0]), text("authData"), bytes(authData)],
    ]);
    return {
      id: this.id,
      rawId: this.id,
      type: "public-key",
      response: {
        clientDataJSON: clientData("webauthn.create", options.challenge, choices).toString("base64url"),
        attestationObject: attestation.toString("base64url"),
        transports: ["internal"],
      },
    };
  }

  get(options: { challenge: string }, choices: Choices = {}): PasskeyAssertion {
    const authData = this.#authenticatorData(choices, 0);
    const client = clientData("webauthn.get", options.challenge, choices);
    const signature = sign("sha256", Buffer.concat([authData, sha256(client)]), this.#keys.privateKey);
    return {
      id: this.id,
      rawId: this.id,
      type: "public-key",
      response: {
        clientDataJSON: client.toString("base64url"),
        authenticatorData: authData.toString("base64url"),
        signature: signature.toString("base64url"),
        userHandle: choices.userHandle ?? this.userHandle,
      },
    };
  }

  #authenticatorData(choices: Choices, more: number): Buffer {
    const { rpId = "localhost", isVerified = true, isPresent = true, counter = this.counter } = choices;
    const backup = (choices.isBackedUp ?? this.#isBackedUp) ? MAY_BE_BACKED_UP | BACKED_UP : 0;
    const flags = (isPresent ? PRESENT : 0) | (isVerified ? VERIFIED : 0) | backup | more;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), count]);
  }
}

function clientData(
  type: string,
  challenge: string,
  { origin = "http://localhost:3000", ...choices }: Choices,
): Buffer {
  const data = { type: choices.type ?? type, challenge: choices.challenge ?? challenge, origin };
  return Buffer.from(JSON.stringify({ ...data, crossOrigin: false }));
}

/** RFC 9053 section 7.1.1: EC2, ES256, P-256. */
function coseKey(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const coordinate = (value: string) =>
    Buffer.concat([Buffer.from([0x58, 32]), Buffer.from(value, "base64url")]);
  return Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
    ...[coordinate(x), Buffer.from([0x22]), coordinate(y)],
  ]);
}
