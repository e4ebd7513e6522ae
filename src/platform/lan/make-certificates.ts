import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import ipaddr from "ipaddr.js";
import type { BasicConstraints, Certificate, GeneralName } from "pkijs";
import { permittedDomains, permittedRanges } from "./local-names";

/** A certificate and its private key, both PEM (RFC 7468). */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Loaded when needed: most starts find their certificate ready. */
const loadPki = async () => ({ ...(await import("pkijs")), asn1: await import("asn1js") });
type Pki = Awaited<ReturnType<typeof loadPki>>;

/** What an extension says; both libraries' types have it. */
interface Asn1Value {
  toSchema(): { toBER(): ArrayBuffer };
}

const ecdsa = { name: "ECDSA", namedCurve: "P-256" } as const;

/**
 * Makes a root to install on phones, and below it the issuer of server certificates.
 *
 * The root's private key is gone when this returns. The issuer can vouch for local addresses and names only, and for TLS
 * servers only (RFC 5280, sections 4.2.1.10 and 4.2.1.12); a client may ignore such limits in a root, but not below one.
 */
export async function makeAuthority(
  name: string,
  validity: Validity,
): Promise<{ readonly root: string; readonly issuer: KeyedCertificate }> {
  const pki = await loadPki();
  const rootKeys = await webcrypto.subtle.generateKey(ecdsa, false, ["sign", "verify"]);
  const issuerKeys = await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);

  const root = await prepare(pki, name, validity, rootKeys.publicKey);
  root.extensions = authorityExtensions(pki, new pki.BasicConstraints({ cA: true, pathLenConstraint: 1 }));
  await sign(pki, root, { certificate: root, key: rootKeys.privateKey });

  const issuer = await prepare(pki, `${name} issuer`, validity, issuerKeys.publicKey);
  issuer.extensions = authorityExtensions(pki, new pki.BasicConstraints({ cA: true, pathLenConstraint: 0 }));
  await sign(pki, issuer, { certificate: root, key: rootKeys.privateKey });
  return {
    root: toPem(root),
    issuer: { certificate: toPem(issuer), privateKey: await exportKey(issuerKeys.privateKey) },
  };
}

/** Makes a certificate for a TLS server under the names and addresses, the first of which is its subject. */
export async function makeServerCertificate(
  issuer: KeyedCertificate,
  hosts: readonly string[],
  validity: Validity,
): Promise<KeyedCertificate> {
  const pki = await loadPki();
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
  const issuerCertificate = pki.Certificate.fromBER(toDer(issuer.certificate));
  const der = createPrivateKey(issuer.privateKey).export({ type: "pkcs8", format: "der" });
  const key = await webcrypto.subtle.importKey("pkcs8", der, ecdsa, false, ["sign"]);

  const certificate = await prepare(pki, hosts[0] ?? "", validity, keys.publicKey);
  certificate.extensions = [
    extension(pki, pki.id_BasicConstraints, "critical", new pki.BasicConstraints({ cA: false })),
    keyUsage(pki, usage.digitalSignature),
    serverAuth(pki),
    extension(
      pki,
      pki.id_SubjectAltName,
      "ordinary",
      new pki.AltName({ altNames: hosts.map((host) => hostName(pki, host)) }),
    ),
  ];
  await sign(pki, certificate, { certificate: issuerCertificate, key });
  return { certificate: toPem(certificate), privateKey: await exportKey(keys.privateKey) };
}

/** All but the extensions, the issuer and the signature. */
async function prepare(
  pki: Pki,
  commonName: string,
  { notBefore, notAfter }: Validity,
  publicKey: webcrypto.CryptoKey,
): Promise<Certificate> {
  const certificate = new pki.Certificate({ version: 2 });
  certificate.serialNumber = new pki.asn1.Integer({ valueHex: randomSerialNumber() });
  // Common name (X.520), 64 characters at most.
  const value = new pki.asn1.Utf8String({ value: commonName.slice(0, 64) });
  certificate.subject.typesAndValues = [new pki.AttributeTypeAndValue({ type: "2.5.4.3", value })];
  certificate.notBefore.value = notBefore;
  certificate.notAfter.value = notAfter;
  await certificate.subjectPublicKeyInfo.importKey(publicKey);
  return certificate;
}

async function sign(
  pki: Pki,
  certificate: Certificate,
  issuer: { readonly certificate: Certificate; readonly key: webcrypto.CryptoKey },
): Promise<void> {
  certificate.issuer = issuer.certificate.subject;
  const own = new pki.asn1.OctetString({ valueHex: await certificate.getKeyHash() });
  const keyIdentifier = new pki.asn1.OctetString({ valueHex: await issuer.certificate.getKeyHash() });
  certificate.extensions = [
    ...(certificate.extensions ?? []),
    extension(pki, pki.id_SubjectKeyIdentifier, "ordinary", { toSchema: () => own }),
    extension(
      pki,
      pki.id_AuthorityKeyIdentifier,
      "ordinary",
      new pki.AuthorityKeyIdentifier({ keyIdentifier }),
    ),
  ];
  await certificate.sign(issuer.key, "SHA-256");
}

function authorityExtensions(pki: Pki, basicConstraints: BasicConstraints) {
  const permitted = [
    ...permittedDomains.map((value) => new pki.GeneralName({ type: nameType.dns, value })),
    ...permittedRanges.map((range) => addressRange(pki, range)),
  ];
  const permittedSubtrees = permitted.map((base) => new pki.GeneralSubtree({ base }));
  return [
    extension(pki, pki.id_BasicConstraints, "critical", basicConstraints),
    keyUsage(pki, usage.keyCertSign),
    serverAuth(pki),
    extension(pki, pki.id_NameConstraints, "critical", new pki.NameConstraints({ permittedSubtrees })),
  ];
}

function extension(pki: Pki, id: string, weight: "critical" | "ordinary", value: Asn1Value) {
  const extnValue = value.toSchema().toBER();
  return new pki.Extension({ extnID: id, critical: weight === "critical", extnValue });
}

/** RFC 5280, section 4.2.1.3: bits from the left, and how many at the right are none. */
const usage = {
  digitalSignature: { bits: 0x80, unusedBits: 7 },
  keyCertSign: { bits: 0x04, unusedBits: 2 },
} as const;

function keyUsage(pki: Pki, { bits, unusedBits }: { bits: number; unusedBits: number }) {
  const value = new pki.asn1.BitString({ valueHex: new Uint8Array([bits]).buffer, unusedBits });
  return extension(pki, pki.id_KeyUsage, "critical", { toSchema: () => value });
}

function serverAuth(pki: Pki) {
  const value = new pki.ExtKeyUsage({ keyPurposes: ["1.3.6.1.5.5.7.3.1"] });
  return extension(pki, pki.id_ExtKeyUsage, "ordinary", value);
}

/** RFC 5280, section 4.2.1.6. */
const nameType = { dns: 2, ipAddress: 7 } as const;

function hostName(pki: Pki, host: string): GeneralName {
  if (!ipaddr.isValid(host)) return new pki.GeneralName({ type: nameType.dns, value: host });
  return ipName(pki, ipaddr.parse(host).toByteArray());
}

/** Address and mask, one after the other (RFC 5280, section 4.2.1.10). */
function addressRange(pki: Pki, range: string): GeneralName {
  const [base, bits] = ipaddr.parseCIDR(range);
  const kind = base.kind() === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6;
  return ipName(pki, [...base.toByteArray(), ...kind.subnetMaskFromPrefixLength(bits).toByteArray()]);
}

function ipName(pki: Pki, bytes: number[]): GeneralName {
  const value = new pki.asn1.OctetString({ valueHex: new Uint8Array(bytes).buffer });
  return new pki.GeneralName({ type: nameType.ipAddress, value });
}

/** Positive, 20 bytes at most, unique without a record of earlier ones (RFC 5280, section 4.1.2.2). */
function randomSerialNumber(): ArrayBuffer {
  const bytes = new Uint8Array(randomBytes(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.buffer;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ type: "pkcs8", format: "pem" })
    .toString();
}

function toPem(certificate: Certificate): string {
  return new X509Certificate(Buffer.from(certificate.toSchema().toBER())).toString();
}

function toDer(pem: string): ArrayBuffer {
  return new Uint8Array(new X509Certificate(pem).raw).buffer;
}
