import { createPublicKey } from "node:crypto";
import { z } from "zod";
import { DomainError } from "../domain-error";

/** The public half of a client's key: what its assertions are checked with (RFC 7517, RFC 7518 section 6.2.1). */
export interface ClientKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  /** Which of several keys, as the header of an assertion names it. */
  readonly kid?: string | undefined;
}

/** A key set (RFC 7517 section 5). */
export interface ClientKeys {
  readonly keys: readonly ClientKey[];
}

/** Enough for a key and its successor in several places. */
const MAX_KEYS = 8;

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const clientKey = z.object({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: coordinate,
  y: coordinate,
  kid: z.string().min(1).max(256).optional(),
});
const oneKeyOrASet = z.union([
  z.object({ keys: z.array(z.unknown()).min(1).max(MAX_KEYS) }),
  z.record(z.string(), z.unknown()).transform((key) => ({ keys: [key] })),
]);

/**
 * Reads a key or a key set; what belongs to no public P-256 key is left out of it.
 *
 * @throws DomainError `invalid_request`, for a private key too: nobody but the client may have that
 */
export function readClientKeys(value: unknown): ClientKeys {
  const set = oneKeyOrASet.safeParse(value);
  if (!set.success) throw invalidKeys(`Give one public key as a JWK, or 1 to ${MAX_KEYS} as a JWK set.`);
  const keys = set.data.keys.map((key) => {
    if (typeof key === "object" && key !== null && "d" in key)
      throw invalidKeys(
        "This is a private key, which only the client may have. Give its public half: without d.",
      );
    const parsed = clientKey.safeParse(key);
    if (!parsed.success || !isOnCurve(parsed.data))
      throw invalidKeys("A client's key is a public P-256 key: kty EC, crv P-256, x, y.");
    return parsed.data;
  });
  const names = keys.map(({ kid }) => kid);
  if (keys.length > 1 && new Set(names.filter(Boolean)).size !== keys.length)
    throw invalidKeys("Each of several keys has a kid of its own.");
  return { keys };
}

function isOnCurve(key: ClientKey): boolean {
  try {
    createPublicKey({ key: { ...key }, format: "jwk" });
    return true;
  } catch {
    return false;
  }
}

function invalidKeys(message: string): DomainError {
  return new DomainError("invalid_request", { field: "jwks", message });
}
