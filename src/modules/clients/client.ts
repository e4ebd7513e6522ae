import type { ClientKeys } from "./client-keys";

export const clientGrants = ["device_code", "refresh_token", "client_credentials"] as const;
export type ClientGrant = (typeof clientGrants)[number];

/** A program of somebody else's that may ask for tokens. */
export interface ClientRecord {
  readonly id: string;
  /** Shown to the user who approves. */
  readonly name: string;
  readonly grants: readonly ClientGrant[];
  /** The `aud` of its access tokens; null: ours. */
  readonly audience: string | null;
  /** Whether it gets no tokens without a proof of its key. */
  readonly requiresBinding: boolean;
  /** Null for a client without a secret. */
  readonly secretHash: string | null;
  /** With what its assertions are checked (`private_key_jwt`); null for a client without a key. */
  readonly jwks: ClientKeys | null;
  /** What tokens without a person behind them are limited to, beside the audience. */
  readonly scopes: readonly string[];
  /** The origins of its pages: only they may say that it is this client which signs in. */
  readonly origins: readonly string[];
  readonly createdAt: Date;
}

/** Whether it can keep a secret or a key, and authenticates with it (RFC 6749 section 2.1). */
export function isConfidential({ secretHash, jwks }: ClientRecord): boolean {
  return secretHash !== null || jwks !== null;
}

export interface ClientStore {
  /** @returns false when the id is taken */
  insert(client: ClientRecord): Promise<boolean>;
  find(id: string): Promise<ClientRecord | undefined>;
  list(): Promise<ClientRecord[]>;
  /** @returns whether there was one */
  delete(id: string): Promise<boolean>;
}

/** What the tokens of a client are good for. */
export interface TokenReach {
  /** Null: ours. */
  readonly audience: string | null;
  /** Null where the audience alone is the limit. */
  readonly scope: string | null;
}
