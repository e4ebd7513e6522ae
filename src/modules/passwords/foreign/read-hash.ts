import { Buffer } from "node:buffer";
import type { FirebaseScrypt, ForeignHash } from "./foreign-hash";
import { readArgon2, readBcrypt, readPhc } from "./stored-form";

/**
 * Reads a hash as another system writes it into one column: bcrypt (also Spring's `{bcrypt}`), argon2, scrypt and PBKDF2 in the
 * PHC format, passlib's and Django's PBKDF2, better-auth's `salt:key`, and Firebase's scrypt as GoTrue writes it.
 *
 * @returns undefined for anything else. Whether it is within the limits is another question: `faultOf`
 */
export function readForeignHash(text: string): ForeignHash | undefined {
  const written = text.trim().replace(/^(?:\{bcrypt\}|argon2(?=\$argon2))/, "");
  return (
    readBcrypt(written) ??
    readArgon2(written) ??
    readPhc(written) ??
    readPasslib(written) ??
    readDjango(written) ??
    readBetterAuth(written) ??
    readGoTrue(written)
  );
}

/** Its salt is the text of the hexadecimal digits, not what they stand for. */
function readBetterAuth(text: string): ForeignHash | undefined {
  const [, salt, key] = /^([0-9a-f]{32}):([0-9a-f]{128})$/i.exec(text) ?? [];
  if (salt === undefined || key === undefined) return undefined;
  return {
    ...{ kind: "scrypt", form: "nfkc", logN: 14, blockSize: 16, lanes: 1 },
    salt: Buffer.from(salt, "utf8"),
    hash: Buffer.from(key, "hex"),
  };
}

function readPasslib(text: string): ForeignHash | undefined {
  const [, digest, iterations, salt = "", hash = ""] =
    /^\$pbkdf2(-sha256|-sha512|)\$(\d{1,10})\$([A-Za-z0-9./]+)\$([A-Za-z0-9./]+)$/.exec(text) ?? [];
  if (digest === undefined) return undefined;
  return {
    kind: "pbkdf2",
    digest: digest === "-sha256" ? "sha256" : digest === "-sha512" ? "sha512" : "sha1",
    iterations: Number(iterations),
    salt: Buffer.from(salt.replaceAll(".", "+"), "base64"),
    hash: Buffer.from(hash.replaceAll(".", "+"), "base64"),
  };
}

function readDjango(text: string): ForeignHash | undefined {
  const [, digest, iterations, salt = "", hash = ""] =
    /^pbkdf2_(sha1|sha256)\$(\d{1,10})\$([^$]+)\$([A-Za-z0-9+/]+=*)$/.exec(text) ?? [];
  if (digest !== "sha1" && digest !== "sha256") return undefined;
  return {
    ...{ kind: "pbkdf2", digest, iterations: Number(iterations) },
    salt: Buffer.from(salt, "utf8"),
    hash: Buffer.from(hash, "base64"),
  };
}

/** `$fbscrypt$v=1,n=14,r=8,p=1,ss=SEPARATOR,sk=SIGNER-KEY$salt$hash` */
function readGoTrue(text: string): ForeignHash | undefined {
  const [, logN, blockSize, lanes, separator = "", signerKey = "", salt = "", hash = ""] =
    /^\$fbscrypt\$v=1,n=(\d{1,3}),r=(\d{1,3}),p=(\d{1,3})(?:,ss=([\w+/=-]+))?,sk=([\w+/=-]+)\$([\w+/=-]+)\$([\w+/=-]+)$/.exec(
      text,
    ) ?? [];
  if (logN === undefined) return undefined;
  const costs = { logN: Number(logN), blockSize: Number(blockSize), lanes: Number(lanes) };
  const project = { ...costs, signerKey: fromBase64(signerKey), separator: fromBase64(separator) };
  return firebaseHash(project, fromBase64(salt), fromBase64(hash));
}

/** What a Firebase project hashes all of its passwords with. */
export interface FirebaseProject {
  readonly signerKey: Buffer;
  /** Behind each salt. */
  readonly separator: Buffer;
  readonly logN: number;
  readonly blockSize: number;
  readonly lanes: number;
}

/** @returns undefined when the hash was not made with a signer key of this length */
export function firebaseHash(
  project: FirebaseProject,
  salt: Buffer,
  hash: Buffer,
): FirebaseScrypt | undefined {
  const { signerKey, separator, logN, blockSize, lanes } = project;
  if (hash.length !== signerKey.length) return undefined;
  return {
    ...{ kind: "firebase-scrypt", logN, blockSize, lanes },
    salt: Buffer.concat([salt, separator]),
    hash: Buffer.from(hash.map((byte, index) => byte ^ (signerKey[index] ?? 0))),
  };
}

/** Of either alphabet. */
export function fromBase64(text: string): Buffer {
  return Buffer.from(text, "base64");
}
