import type { AccountRecord } from "../accounts";
import type { Factor } from "../assurance";
import { DomainError } from "../domain-error";
import type { Clock } from "../ports";
import type { Sealer } from "../sealed";

export const KEEP_TOKEN_LIFETIME_IN_SECONDS = 600;

/** How somebody has proven to be the owner, so that a session can be opened when the account stays. */
export interface HeldProof {
  readonly method: "password" | "passkey";
  readonly factors: readonly [Factor, ...Factor[]];
  readonly passkeyId: string | null;
  readonly application: { readonly id: string; readonly name: string; readonly since: Date } | null;
}

export interface Held {
  readonly userId: string;
  /** The deletion that it can take back, and no later one. */
  readonly dueAt: Date;
  /** Of the password at the proof: another one since makes it void. */
  readonly passwordChangedAt: Date;
  readonly expiresAt: Date;
  readonly proof: HeldProof;
}

/**
 * What takes a deletion back, for who has just signed in: sealed, for one key, and of no use once that deletion is taken back,
 * because it names it. So nothing is stored for it.
 */
export class KeepTokens {
  readonly #options: { readonly sealer: Sealer; readonly clock: Clock };

  constructor(options: { readonly sealer: Sealer; readonly clock: Clock }) {
    this.#options = options;
  }

  issue(
    account: AccountRecord & { readonly deletionDueAt: Date },
    proof: HeldProof,
    keyThumbprint: string | null,
  ): string {
    const { sealer, clock } = this.#options;
    const expiresAt = new Date(clock.now().getTime() + KEEP_TOKEN_LIFETIME_IN_SECONDS * 1000);
    const { id: userId, deletionDueAt: dueAt, passwordChangedAt } = account;
    return sealer.seal(
      JSON.stringify({ userId, dueAt, passwordChangedAt, expiresAt, proof }),
      contextOf(keyThumbprint),
    );
  }

  /** @throws DomainError `invalid_ticket` for what is none, for another key's and for one that has expired */
  open(token: string, keyThumbprint: string | null): Held {
    const opened = this.#read(token, keyThumbprint);
    if (!opened || opened.expiresAt <= this.#options.clock.now()) throw new DomainError("invalid_ticket");
    return opened;
  }

  #read(token: string, keyThumbprint: string | null): Held | undefined {
    try {
      // Nobody else seals for this purpose, so it is what `issue` made.
      return JSON.parse(this.#options.sealer.open(token, contextOf(keyThumbprint)), reviveTime) as Held;
    } catch {
      return undefined;
    }
  }
}

function contextOf(keyThumbprint: string | null): string {
  return keyThumbprint ?? "no key";
}

function reviveTime(name: string, value: unknown): unknown {
  return /^(dueAt|passwordChangedAt|expiresAt|since)$/.test(name) && typeof value === "string"
    ? new Date(value)
    : value;
}
