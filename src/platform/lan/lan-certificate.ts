import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import ipaddr from "ipaddr.js";
import { OperatorError } from "../operator-error";
import { type KeyedCertificate, makeAuthority, makeServerCertificate } from "./make-certificates";

/** What a TLS server on the local network needs, in PEM. */
export interface LanCertificate {
  readonly privateKey: string;
  /** The server's certificate and its issuer's: all but the root. */
  readonly chain: string;
  /** What phones may install: public. */
  readonly root: string;
  /** SHA-256 of the root, as phones show it. */
  readonly rootFingerprint: string;
}

const DAY_IN_MS = 86_400_000;
/** Apple takes up to 825 days under a root that the user added, and recommends 397 (support.apple.com/102028, 103769). */
const SERVER_DAYS = 397;
const RENEWAL_DAYS = 30;
const AUTHORITY_DAYS = 5 * 365;
/** Clocks of phones may be behind. */
const BACKDATED_IN_MS = 3_600_000;

interface Authority {
  readonly root: string;
  readonly issuer: KeyedCertificate;
}

/**
 * The certificate for these hosts from `lan` in the data folder. What is missing, near its end (30 days) or made for other
 * hosts is replaced; the authority is used as long as possible.
 *
 * @param options.hosts names and addresses, the main one first
 * @param options.machine a name that tells this machine from others in a phone's list of certificates
 * @throws OperatorError when the stored authority cannot be read
 */
export async function ensureLanCertificate(options: {
  readonly dataDir: string;
  readonly hosts: readonly string[];
  readonly machine: string;
  readonly now: Date;
}): Promise<LanCertificate> {
  const folder = path.join(options.dataDir, "lan");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authority = await ensureAuthority(path.join(folder, "authority.pem"), options);
  const file = path.join(folder, "server.pem");
  let server = readServer(file);
  if (!server || !serves(server, authority, options)) {
    const notBefore = options.now.getTime() - BACKDATED_IN_MS;
    const notAfter = Math.min(notBefore + SERVER_DAYS * DAY_IN_MS, endOf(authority.issuer.certificate));
    server = await makeServerCertificate(authority.issuer, options.hosts, {
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
    });
    writeWhole(file, server.certificate + server.privateKey);
  }
  return {
    privateKey: server.privateKey,
    chain: server.certificate + authority.issuer.certificate,
    root: authority.root,
    rootFingerprint: new X509Certificate(authority.root).fingerprint256,
  };
}

async function ensureAuthority(
  file: string,
  { machine, now }: { readonly machine: string; readonly now: Date },
): Promise<Authority> {
  const stored = readAuthority(file);
  if (stored && endOf(stored.issuer.certificate) > now.getTime() + RENEWAL_DAYS * DAY_IN_MS) return stored;
  const authority = await makeAuthority(`Countersign on ${machine} (${now.toISOString().slice(0, 10)})`, {
    notBefore: new Date(now.getTime() - BACKDATED_IN_MS),
    notAfter: new Date(now.getTime() + AUTHORITY_DAYS * DAY_IN_MS),
  });
  writeWhole(file, authority.root + authority.issuer.certificate + authority.issuer.privateKey);
  return authority;
}

/** A new one in its place would be unknown to the phones, so a damaged one is for the operator to throw away. */
function readAuthority(file: string): Authority | undefined {
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const [root, certificate] = certificatesIn(text);
  const privateKey = privateKeyIn(text);
  if (root && certificate && privateKey && isPair(certificate, privateKey)) {
    return { root, issuer: { certificate, privateKey } };
  }
  throw new OperatorError(
    `${file} cannot be read. Put it back, or remove it to make a new one; phones then have to install that.`,
  );
}

function readServer(file: string): KeyedCertificate | undefined {
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const [certificate] = certificatesIn(text);
  const privateKey = privateKeyIn(text);
  return certificate && privateKey && isPair(certificate, privateKey)
    ? { certificate, privateKey }
    : undefined;
}

function serves(
  { certificate }: KeyedCertificate,
  { issuer }: Authority,
  { hosts, now }: { readonly hosts: readonly string[]; readonly now: Date },
): boolean {
  const parsed = new X509Certificate(certificate);
  return (
    endOf(certificate) > now.getTime() + RENEWAL_DAYS * DAY_IN_MS &&
    Date.parse(parsed.validFrom) <= now.getTime() &&
    parsed.verify(new X509Certificate(issuer.certificate).publicKey) &&
    hosts.every((host) => (ipaddr.isValid(host) ? parsed.checkIP(host) : parsed.checkHost(host)))
  );
}

function isPair(certificate: string, privateKey: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}

function endOf(certificate: string): number {
  return Date.parse(new X509Certificate(certificate).validTo);
}

function certificatesIn(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n/g) ?? [];
}

function privateKeyIn(text: string): string | undefined {
  return /-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----\n/.exec(text)?.[0];
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Key and certificate in one file that appears at once: they always fit each other. */
function writeWhole(file: string, text: string): void {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
  renameSync(draft, file);
}
