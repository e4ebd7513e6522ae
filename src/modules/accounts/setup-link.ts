import type { AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { Clock, RandomSource } from "../ports";
import { hashSecret, newSecret } from "../secret-hash";
import type { AccountRecord } from "./account-store";
import type { Accounts } from "./accounts";
import type { NewAccount } from "./new-account";

export const SETUP_LINK_LIFETIME_IN_SECONDS = 3600;

export interface SetupLinkStore {
  /** Beside those of other instances. */
  add(secretHash: string, expiresAt: Date): Promise<void>;
  /** @returns whether there is such a link and it has not expired */
  isPresent(secretHash: string, now: Date): Promise<boolean>;
  /** Removes that link, and those that have expired. */
  remove(secretHash: string | null, now: Date): Promise<void>;
}

export interface SetupLinkOptions {
  readonly store: SetupLinkStore;
  readonly accounts: Accounts;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/**
 * The one-time link that makes the first account: there is no default password, and the first visitor wins nothing. Each
 * instance has its own, so that one that starts leaves alone what another has shown.
 */
export class SetupLink {
  readonly #options: SetupLinkOptions;
  #ownHash: string | null = null;

  constructor(options: SetupLinkOptions) {
    this.#options = options;
  }

  /** @returns the secret of a new link, in the place of this instance's last; undefined once there is an account */
  async renew(): Promise<string | undefined> {
    const { store, accounts, clock, random } = this.#options;
    if (await accounts.hasAny()) return undefined;
    const secret = newSecret(random);
    const now = clock.now();
    await store.remove(this.#ownHash, now);
    this.#ownHash = hashSecret(secret);
    await store.add(this.#ownHash, new Date(now.getTime() + SETUP_LINK_LIFETIME_IN_SECONDS * 1000));
    return secret;
  }

  /** Takes this instance's link back, as it stops: the next start shows another. */
  async withdraw(): Promise<void> {
    if (this.#ownHash === null) return;
    await this.#options.store.remove(this.#ownHash, this.#options.clock.now());
    this.#ownHash = null;
  }

  /** @throws DomainError `setup_closed` for a wrong, expired or late link, besides what a new account may throw */
  async claim(secret: string, owner: NewAccount, address: string | null = null): Promise<AccountRecord> {
    const { store, accounts, audit, clock } = this.#options;
    if (!(await store.isPresent(hashSecret(secret), clock.now()))) {
      await audit.record({ type: "setup_refused", address });
      throw new DomainError("setup_closed");
    }
    // The link is not used up here: the owner's seat is the compare-and-set, and a weak password can be tried again.
    return accounts.createOwner(owner, address);
  }
}
