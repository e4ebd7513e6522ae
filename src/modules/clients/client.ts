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
  /** When it last signed somebody in or got tokens, to the minute; null: never. */
  readonly lastUsedAt: Date | null;
  /** Each change counts it up. */
  readonly revision: number;
}

/** Whether it can keep a secret or a key, and authenticates with it (RFC 6749 section 2.1). */
export function isConfidential({ secretHash, jwks }: ClientRecord): boolean {
  return secretHash !== null || jwks !== null;
}

/** How it proves who it is, by the names of RFC 7591 section 2, where both forms of a secret are one. */
export function authenticationOf({
  secretHash,
  jwks,
}: Pick<ClientRecord, "secretHash" | "jwks">): "none" | "client_secret" | "private_key_jwt" {
  if (jwks !== null) return "private_key_jwt";
  return secretHash === null ? "none" : "client_secret";
}

/** Who acts, with the roles that were read: the statement asks whether they still are. Null for who needs none. */
export type ClientActor = { readonly id: string; readonly roles: readonly string[] } | null;

/** How much of a client is in use. */
export interface ClientUse {
  readonly clientId: string;
  /** Different users of its live sessions. */
  readonly people: number;
  readonly sessions: number;
}

export interface ClientStore {
  /** @returns false when the id is taken, or whoever acts may not any more */
  insert(client: ClientRecord, by: ClientActor): Promise<boolean>;
  find(id: string): Promise<ClientRecord | undefined>;
  list(): Promise<ClientRecord[]>;
  /** Compare-and-set on the revision that the record has. @returns false when it is another one, and as {@link insert} */
  replace(client: ClientRecord, by: ClientActor): Promise<boolean>;
  /** @returns what it was; undefined when there was none, or whoever acts may not any more */
  remove(id: string, by: ClientActor): Promise<ClientRecord | undefined>;
  noteUse(id: string, at: Date): Promise<void>;
  /** Of all that have a live session, those that began at its pages among them. */
  listUse(now: Date): Promise<ClientUse[]>;
}

/** What the tokens of a client are good for. */
export interface TokenReach {
  /** Null: ours. */
  readonly audience: string | null;
  /** Null where the audience alone is the limit. */
  readonly scope: string | null;
}
