import type { AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { Clock, RandomSource } from "../ports";
import { hashSecret, newSecret } from "../secret-hash";
import type { AccountRecord, Accounts, NewAccount } from "./accounts";

export const SETUP_LINK_LIFETIME_IN_SECONDS = 3600;

export interface SetupLinkStore {
  /** Replaces whatever link there is. */
  replace(secretHash: string, expiresAt: Date): Promise<void>;
  /** @returns whether that link is the present one and has not expired */
  isPresent(secretHash: string, now: Date): Promise<boolean>;
}

export interface SetupLinkOptions {
  readonly store: SetupLinkStore;
  readonly accounts: Accounts;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** The one-time link that makes the first account: there is no default password, and the first visitor wins nothing. */
export class SetupLink {
  readonly #options: SetupLinkOptions;

  constructor(options: SetupLinkOptions) {
    this.#options = options;
  }

  /** @returns the secret of a new link, replacing the one before; undefined once there is an account */
  async renew(): Promise<string | undefined> {
    const { store, accounts, clock, random } = this.#options;
    if (await accounts.hasAny()) return undefined;
    const secret = newSecret(random);
    await store.replace(
      hashSecret(secret),
      new Date(clock.now().getTime() + SETUP_LINK_LIFETIME_IN_SECONDS * 1000),
    );
    return secret;
  }

  /** @throws DomainError `setup_closed` for a wrong, expired or late link, besides what a new account may throw */
  async claim(secret: string, owner: NewAccount, address: string | null = null): Promise<AccountRecord> {
    const { store, accounts, audit, clock } = this.#options;
    if (!(await store.isPresent(hashSecret(secret), clock.now()))) {
      await audit.record({ type: "setup_refused", address });
      throw new DomainError("setup_closed");
    }
    // The link is not used up here: the owner's seat is the compare-and-set, and a weak password can be tried again.
    return accounts.createOwner(owner);
  }
}
