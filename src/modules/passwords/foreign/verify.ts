import { Buffer } from "node:buffer";
import { createCipheriv, pbkdf2, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { verify as verifyArgon2 } from "@node-rs/argon2";
import { verify as verifyBcrypt } from "@node-rs/bcrypt";
import { type FirebaseScrypt, type ForeignHash, memoryInKibOf, type Scrypt } from "./foreign-hash";

const derivePbkdf2 = promisify(pbkdf2);
const deriveScrypt = promisify<Buffer, Buffer, number, object, Buffer>(scrypt);

/** bcrypt looks at no more, in every system that wrote such a hash: what follows counted for nothing there, and does not here. */
const BCRYPT_LENGTH_IN_BYTES = 72;
/** Of a longer hash the first block is enough: each takes all iterations again, and a password that gives it gives the others. */
const digestLengths = { sha1: 20, sha256: 32, sha512: 64 } as const;
const AES_KEY_LENGTH_IN_BYTES = 32;
const AES_BLOCK_LENGTH_IN_BYTES = 16;

/** Checks a password as the system did that the hash comes from. It works on other threads. */
export async function verifyForeign(hash: ForeignHash, password: string): Promise<boolean> {
  const raw = Buffer.from(password, "utf8");
  switch (hash.kind) {
    case "bcrypt":
      return verifyBcrypt(raw.subarray(0, BCRYPT_LENGTH_IN_BYTES), hash.text);
    case "argon2":
      return verifyArgon2(hash.text, raw);
    case "pbkdf2": {
      const { salt, iterations, digest } = hash;
      const block = hash.hash.subarray(0, digestLengths[digest]);
      return timingSafeEqual(await derivePbkdf2(raw, salt, iterations, block.length, digest), block);
    }
    case "scrypt": {
      const typed = hash.form === "nfkc" ? Buffer.from(password.normalize("NFKC"), "utf8") : raw;
      return timingSafeEqual(await derive(hash, typed, hash.hash.length), hash.hash);
    }
    case "firebase-scrypt": {
      const key = await derive(hash, raw, AES_KEY_LENGTH_IN_BYTES);
      return timingSafeEqual(keyStream(key, hash.hash.length), hash.hash);
    }
  }
}

function derive(hash: Scrypt | FirebaseScrypt, typed: Buffer, length: number): Promise<Buffer> {
  const costs = { N: 2 ** hash.logN, r: hash.blockSize, p: hash.lanes };
  return deriveScrypt(typed, hash.salt, length, { ...costs, maxmem: memoryInKibOf(hash) * 1024 + 1024 });
}

/** Of AES-256-CTR with a counter that begins at zero. */
function keyStream(key: Buffer, length: number): Buffer {
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(AES_BLOCK_LENGTH_IN_BYTES));
  return Buffer.concat([cipher.update(Buffer.alloc(length)), cipher.final()]);
}
