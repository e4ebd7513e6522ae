import type { ProvenRequest } from "../accounts";
import type { OutgoingMailRecord } from "../mail";

/** Somebody asks for an account with an address. Until the code of its mail is entered, there is nothing else. */
export interface SignUpRequest extends ProvenRequest {
  /** The only key it serves; null: only callers without a proof. */
  readonly keyThumbprint: string | null;
  readonly expiresAt: Date;
}

export interface SignUpRequestStore {
  /** The mail comes with it, or neither. */
  insert(request: SignUpRequest, mails: readonly OutgoingMailRecord[]): Promise<void>;
  /**
   * Counts a wrong code; a right one may be sent again.
   *
   * @param codeHash of the code that was typed
   * @returns the request; undefined for one that is unknown, expired, another key's, or was tried too often
   */
  countTry(
    tried: Pick<SignUpRequest, "idHash" | "keyThumbprint" | "codeHash">,
    maxTries: number,
    now: Date,
  ): Promise<SignUpRequest | undefined>;
  deleteExpiredBefore(before: Date): Promise<number>;
}
