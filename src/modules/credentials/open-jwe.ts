import { createDecipheriv, createHash, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import { z } from "zod";

const base64url = z.base64url().transform((text) => Buffer.from(text, "base64url"));
const coordinate = z.string().length(43);

/** The one kind that is opened. Whatever else a header says must be ignored (RFC 7516 section 4), but for `crit`. */
const headerShape = z.object({
  alg: z.literal("ECDH-ES+A256KW"),
  enc: z.literal("A256GCM"),
  kid: z.string(),
  epk: z.object({ kty: z.literal("EC"), crv: z.literal("P-256"), x: coordinate, y: coordinate }),
  apu: base64url.optional(),
  apv: base64url.optional(),
  zip: z.undefined().optional(),
  crit: z.undefined().optional(),
});
type Header = z.infer<typeof headerShape>;

const compact = /^([\w-]+)\.([\w-]{54})\.([\w-]{16})\.([\w-]+)\.([\w-]{22})$/;

/**
 * Opens a compact JWE (RFC 7516): ECDH-ES+A256KW on P-256 with A256GCM, not compressed.
 *
 * With jose each of its six steps waits for another thread, and while passwords are hashed those are all busy; in one
 * go it takes a tenth of a millisecond (docs/decisions/0010-signatures-and-threads.md).
 *
 * @param findKey finds our private key by its id
 * @throws Error for every other kind, for a key that is not ours, and for what was changed on its way
 */
export function openJwe(jwe: string, findKey: (kid: string) => KeyObject | undefined): Buffer {
  const [, head, wrappedKey, iv, ciphertext, tag] = compact.exec(jwe) ?? [];
  if (!head || !wrappedKey || !iv || !ciphertext || !tag) throw new Error("no compact JWE of this kind");
  const header = headerShape.parse(JSON.parse(decode(head).toString("utf8")));
  const privateKey = findKey(header.kid);
  if (!privateKey) throw new Error("no key of ours");
  const contentKey = unwrapKey(decode(wrappedKey), agreeOnKey(header, privateKey));
  const decipher = createDecipheriv("aes-256-gcm", contentKey, decode(iv), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(head, "latin1")).setAuthTag(decode(tag));
  return Buffer.concat([decipher.update(decode(ciphertext)), decipher.final()]);
}

/** RFC 7518 section 4.6: the shared secret through the Concat KDF, of which 256 bits take one round. */
function agreeOnKey({ alg, epk, apu, apv }: Header, privateKey: KeyObject): Buffer {
  // A point that is not on the curve makes no key.
  const publicKey = createPublicKey({ key: epk, format: "jwk" });
  return createHash("sha256")
    .update(uint32(1))
    .update(diffieHellman({ privateKey, publicKey }))
    .update(withLength(Buffer.from(alg)))
    .update(withLength(apu ?? Buffer.alloc(0)))
    .update(withLength(apv ?? Buffer.alloc(0)))
    .update(uint32(256))
    .digest();
}

/** RFC 3394; the first value proves that it is the key that was wrapped. */
function unwrapKey(wrapped: Buffer, key: Buffer): Buffer {
  const decipher = createDecipheriv("id-aes256-wrap", key, Buffer.alloc(8, 0xa6));
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

function withLength(bytes: Buffer): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function decode(part: string): Buffer {
  return Buffer.from(part, "base64url");
}
