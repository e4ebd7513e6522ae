import { Buffer } from "node:buffer";
import { type ParsedHashOptions, parseOptions } from "@node-rs/argon2";
import { type Argon2, type Bcrypt, type ForeignHash, faultOf } from "./foreign-hash";

/**
 * The texts that foreign hashes are stored as. Each says all that a check needs, in the PHC string format; bcrypt keeps its
 * own. `$argon2id-raw$` is a foreign `$argon2id$`: ours is of the password's NFKC.
 */
export function toStoredForm(hash: ForeignHash): string {
  switch (hash.kind) {
    case "bcrypt":
      return hash.text;
    case "argon2":
      return hash.text.replace(/^\$(argon2id|argon2i|argon2d)\$/, "$$$1-raw$$");
    case "pbkdf2":
      return phc(`pbkdf2-${hash.digest}`, `i=${hash.iterations}`, hash);
    case "scrypt":
      return phc(hash.form === "nfkc" ? "scrypt-nfkc" : "scrypt", costsOf(hash), hash);
    case "firebase-scrypt":
      return phc("firebase-scrypt", costsOf(hash), hash);
  }
}

/** @returns undefined for what is none of these texts, also for one whose parameters are beyond the limits */
export function readStoredForm(text: string): ForeignHash | undefined {
  const hash = readBcrypt(text) ?? readRawArgon2(text) ?? readPhc(text);
  return hash && faultOf(hash) === undefined ? hash : undefined;
}

/** Of the last letter of its salt two bits count, and four of the last of its hash: with others, no password is compared. */
const bcryptText = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;

export function readBcrypt(text: string): Bcrypt | undefined {
  const [, cost] = bcryptText.exec(text) ?? [];
  return cost === undefined ? undefined : { kind: "bcrypt", text, cost: Number(cost) };
}

const argon2Text =
  /^\$argon2(?:id|i|d)\$v=(?:16|19)\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,7})\$([A-Za-z0-9+/]{11,})\$([A-Za-z0-9+/]+)$/;

/** @param text a PHC string of argon2id, argon2i or argon2d; its numbers are read whatever they are, so that a fault can name them */
export function readArgon2(text: string): Argon2 | undefined {
  const [, memoryInKib, passes, lanes, salt = "", hash = ""] = argon2Text.exec(text) ?? [];
  // The library would not read them either, but only when somebody signs in.
  if (memoryInKib === undefined || !isWholeBase64(salt) || !isWholeBase64(hash)) return undefined;
  return {
    kind: "argon2",
    text,
    memoryInKib: Number(memoryInKib),
    passes: Number(passes),
    lanes: Number(lanes),
    hashLengthInBytes: Buffer.from(hash, "base64").length,
  };
}

/** @returns undefined for what the library does not take for a PHC string of argon2 */
export function parseArgon2(text: string): ParsedHashOptions | undefined {
  try {
    return parseOptions(text);
  } catch {
    return undefined;
  }
}

function readRawArgon2(text: string): Argon2 | undefined {
  const [, name, rest] = /^\$(argon2id|argon2i|argon2d)-raw(\$.*)$/.exec(text) ?? [];
  return name === undefined ? undefined : readArgon2(`$${name}${rest}`);
}

const phcText =
  /^\$([a-z0-9-]{1,32})\$([a-z]+=\d{1,10}(?:,[a-z]+=\d{1,10})*)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** @returns a hash that has not been looked at for its limits */
export function readPhc(text: string): ForeignHash | undefined {
  const [, name, costs = "", salt = "", hash = ""] = phcText.exec(text) ?? [];
  const bytes = { salt: Buffer.from(salt, "base64"), hash: Buffer.from(hash, "base64") };
  switch (name) {
    case "scrypt":
      return ofScrypt(costs, (found) => ({ kind: "scrypt", form: "raw", ...found, ...bytes }));
    case "scrypt-nfkc":
      return ofScrypt(costs, (found) => ({ kind: "scrypt", form: "nfkc", ...found, ...bytes }));
    case "firebase-scrypt":
      return ofScrypt(costs, (found) => ({ kind: "firebase-scrypt", ...found, ...bytes }));
    case "pbkdf2-sha1":
    case "pbkdf2-sha256":
    case "pbkdf2-sha512": {
      const [, iterations] = /^i=(\d+)$/.exec(costs) ?? [];
      if (iterations === undefined) return undefined;
      const digest = name.slice("pbkdf2-".length) as "sha1" | "sha256" | "sha512";
      return { kind: "pbkdf2", digest, iterations: Number(iterations), ...bytes };
    }
    default:
      return undefined;
  }
}

function ofScrypt(
  text: string,
  make: (costs: { logN: number; blockSize: number; lanes: number }) => ForeignHash,
): ForeignHash | undefined {
  const [, logN, blockSize, lanes] = /^ln=(\d+),r=(\d+),p=(\d+)$/.exec(text) ?? [];
  if (logN === undefined) return undefined;
  return make({ logN: Number(logN), blockSize: Number(blockSize), lanes: Number(lanes) });
}

function costsOf({ logN, blockSize, lanes }: { logN: number; blockSize: number; lanes: number }): string {
  return `ln=${logN},r=${blockSize},p=${lanes}`;
}

function phc(name: string, costs: string, { salt, hash }: { salt: Buffer; hash: Buffer }): string {
  return `$${name}$${costs}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Whether all bits of it are bits of bytes. */
function isWholeBase64(text: string): boolean {
  return unpadded(Buffer.from(text, "base64")) === text;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
