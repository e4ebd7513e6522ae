import type { Guard } from "../accounts";
import type { OutgoingMailRecord } from "../mail";

/** The app and the recovery codes of an account. */
export interface SecondFactorRecord {
  readonly userId: string;
  /** Sealed. Null: no app. */
  readonly totpSecret: string | null;
  readonly totpSince: Date | null;
  /** The time step of the latest code that was used. */
  readonly totpLastStep: number;
  readonly pendingSecret: string | null;
  readonly pendingFor: string | null;
  readonly pendingExpiresAt: Date | null;
  /** Hashes of the unused ones. */
  readonly recoveryCodes: readonly string[];
}

/** An app that is being added. */
export interface PendingTotp {
  /** Sealed. */
  readonly secret: string;
  /** The session or the sign-in that adds it. */
  readonly addedBy: string;
  readonly expiresAt: Date;
}

/** The secret of an app, sealed, and whose it is. */
export interface SealedTotp {
  readonly userId: string;
  readonly secret: string;
}

/** Each method is one statement; those that change state say whether they did. */
export interface SecondFactorStore {
  find(userId: string): Promise<SecondFactorRecord | undefined>;
  /** In the place of another one that is being added. The app there is stays as it is. */
  begin(userId: string, pending: PendingTotp): Promise<void>;
  /**
   * Makes the app that is being added the account's, while it is still this one.
   *
   * @param codes the recovery codes; those there are stay when it is null
   * @param mayReplace whether the account may have an app already
   */
  confirm(
    userId: string,
    pending: PendingTotp,
    confirmed: {
      readonly step: number;
      readonly at: Date;
      readonly codes: readonly string[] | null;
      readonly mayReplace: boolean;
    },
  ): Promise<boolean>;
  /**
   * Notes that a code of this step was used: of any number of calls one succeeds.
   *
   * @param noneAfter a later step was written by a clock that was ahead, and counts for nothing
   */
  noteStep(
    userId: string,
    use: { readonly secret: string; readonly step: number; readonly noneAfter: number },
  ): Promise<boolean>;
  /** Compare-and-set on the sets of recovery codes; `from` null: whichever there are. */
  setRecoveryCodes(userId: string, from: readonly string[] | null, to: readonly string[]): Promise<boolean>;
  /** Apps that are sealed with another secret of the installation than this one, by account; those after one, so many at most. */
  listSealedWithOther(secretId: string, after: string, limit: number): Promise<SealedTotp[]>;
  /** @returns whether it was still sealed as `from` says */
  sealAnew(userId: string, from: string, to: string): Promise<boolean>;
  /** Takes the app away, and the recovery codes with it. @returns whether there was one */
  removeTotp(userId: string, mails?: readonly OutgoingMailRecord[]): Promise<boolean>;
  /**
   * Takes the app and the recovery codes away, while the guard holds.
   *
   * @returns "nothing" when there was none
   */
  remove(
    userId: string,
    guard: Guard | null,
    mails?: readonly OutgoingMailRecord[],
  ): Promise<"done" | "nothing" | "changed_meanwhile">;
}
