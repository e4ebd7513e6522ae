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
  /** Keyed hashes of the unused ones. */
  readonly recoveryCodes: readonly string[];
  /** The secret of the installation that they are hashed under. */
  readonly recoverySecretId: string;
}

/** An app that is being added. */
export interface PendingTotp {
  /** Sealed. */
  readonly secret: string;
  /** The session or the sign-in that adds it. */
  readonly addedBy: string;
  readonly expiresAt: Date;
}

export type RecoveryCodeSet = Pick<SecondFactorRecord, "recoveryCodes" | "recoverySecretId">;

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
      readonly codes: RecoveryCodeSet | null;
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
  setRecoveryCodes(userId: string, from: readonly string[] | null, to: RecoveryCodeSet): Promise<boolean>;
  /** Takes the app away, and the recovery codes with it. @returns whether there was one */
  removeTotp(userId: string): Promise<boolean>;
  /** @returns whether there was anything */
  remove(userId: string): Promise<boolean>;
}
