import { canonicalUserCode } from "../../contract/user-code";
import { DomainError } from "../domain-error";
import type { RateLimiter } from "../ports";
import type { AddressLimiter } from "../rate-limits";
import { keyedHash } from "../secret-hash";
import type { QrLoginRecord, QrLoginStore } from "./qr-login-record";

/** A slip and its correction. Few enough that accounts by the dozen at one address add little to its share. */
const TRIES_APART = 2;

export interface TypedCodesOptions {
  readonly store: Pick<QrLoginStore, "findByUserCode">;
  readonly key: Uint8Array;
  /** Wrong codes, by user and by address. */
  readonly wrongCodesOfUser: RateLimiter;
  readonly wrongCodesOfAddress: AddressLimiter;
}

/** Finds requests by the code that somebody typed. RFC 8628 section 5.1: such codes are short, so wrong ones are few. */
export class TypedCodes {
  readonly #options: TypedCodesOptions;

  constructor(options: TypedCodesOptions) {
    this.#options = options;
  }

  /**
   * Counted before the look and given back when right. Where others at the address have used its share up, a user has the
   * first {@link TRIES_APART} tries all the same.
   *
   * @throws DomainError `qr_not_found`, `too_many_attempts`
   */
  async find(
    typed: string,
    by: { readonly userId: string; readonly address: string | null },
  ): Promise<QrLoginRecord> {
    const { store, key, wrongCodesOfUser, wrongCodesOfAddress } = this.#options;
    const [waitOfUser, waitOfAddress] = await Promise.all([
      wrongCodesOfUser.consume(by.userId),
      wrongCodesOfAddress.consume(by.address),
    ]);
    const hasTriesApart = waitOfAddress > 0 && (await wrongCodesOfUser.count(by.userId)) <= TRIES_APART;
    const waitInSeconds = Math.max(waitOfUser, hasTriesApart ? 0 : waitOfAddress);
    const giveBack = async () => {
      await wrongCodesOfUser.giveBack(by.userId);
      if (waitOfAddress === 0) await wrongCodesOfAddress.giveBack(by.address);
    };
    if (waitInSeconds > 0) {
      // It was not looked at: one user who goes on must not use up what everybody at the address has.
      await giveBack();
      throw new DomainError("too_many_attempts", { retryAfterInSeconds: waitInSeconds });
    }
    const code = canonicalUserCode(typed);
    const row = code === undefined ? undefined : await store.findByUserCode(keyedHash(key, code));
    if (!row) throw new DomainError("qr_not_found", { field: "user_code" });
    await giveBack();
    return row;
  }
}
