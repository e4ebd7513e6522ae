import { DomainError } from "../domain-error";
import type { Clock } from "../ports";
import type { Sealer } from "../sealed";
import type { SecondFactorRecord, SecondFactorStore } from "./record";
import { type ChangeRecorder, recordChange, type SecondFactorActor } from "./record-change";
import { hashRecoveryCode } from "./recovery-codes";
import { openTotp } from "./sealed-totp";
import { readTotpCode, stepAt, stepOfCode } from "./totp";

/** Ten minutes ahead: no code is accepted for so late a step, so a clock was ahead and has been set right. */
const TOO_FAR_AHEAD_IN_STEPS = 20;
/** Somebody else used a code of the set first. More rounds than codes mean a fault. */
const MAX_ROUNDS = 20;

export interface CodeCheckOptions extends ChangeRecorder {
  readonly store: SecondFactorStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

type CodeKind = "totp" | "recovery_code";

/** The check of one code, of an app or from the sheet: each is good once. Who guesses is counted by those who call this. */
export class CodeCheck {
  readonly #options: CodeCheckOptions;

  constructor(options: CodeCheckOptions) {
    this.#options = options;
  }

  /** Whether the code is right now. It is not used up. */
  async isRight(userId: string, kind: CodeKind, code: string): Promise<boolean> {
    const record = await this.#options.store.find(userId);
    if (!record) return false;
    return kind === "totp"
      ? this.#usableStep(record, code) !== undefined
      : record.recoveryCodes.includes(hashRecoveryCode(userId, code));
  }

  /** Uses the code up, over all instances. @returns whether it was right, and this call used it */
  consume(userId: string, kind: CodeKind, code: string, by: SecondFactorActor): Promise<boolean> {
    return kind === "totp" ? this.#consumeTotp(userId, code) : this.#consumeRecoveryCode(userId, code, by);
  }

  /**
   * @param sealed the secret of the app
   * @param after steps up to this one are used up
   * @returns the time step that the code is of; undefined for a wrong one
   * @throws DomainError `invalid_code` when the secret cannot be opened
   */
  stepOf(
    sealed: string,
    text: string,
    { userId, after }: { readonly userId: string; readonly after: number },
  ): number | undefined {
    const { sealer, clock } = this.#options;
    const code = readTotpCode(text);
    if (code === undefined) return undefined;
    return stepOfCode(openTotp(sealer, sealed, userId), code, { now: clock.now(), after });
  }

  async #consumeTotp(userId: string, code: string): Promise<boolean> {
    const { store, clock } = this.#options;
    const record = await store.find(userId);
    const step = record && this.#usableStep(record, code);
    if (step === undefined || !record?.totpSecret) return false;
    const noneAfter = stepAt(clock.now()) + TOO_FAR_AHEAD_IN_STEPS;
    return store.noteStep(userId, { secret: record.totpSecret, step, noneAfter });
  }

  async #consumeRecoveryCode(
    userId: string,
    code: string,
    { sessionId, address }: SecondFactorActor,
  ): Promise<boolean> {
    const { store } = this.#options;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const record = await store.find(userId);
      const hash = hashRecoveryCode(userId, code);
      if (!record?.recoveryCodes.includes(hash)) return false;
      const left = record.recoveryCodes.filter((one) => one !== hash);
      if (!(await store.setRecoveryCodes(userId, record.recoveryCodes, left))) continue;
      const detail = { left: left.length };
      await recordChange(this.#options, userId, { type: "recovery_code_used", sessionId, address, detail });
      return true;
    }
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
  }

  #usableStep(record: SecondFactorRecord, code: string): number | undefined {
    if (record.totpSecret === null) return undefined;
    const isAhead = record.totpLastStep > stepAt(this.#options.clock.now()) + TOO_FAR_AHEAD_IN_STEPS;
    const after = isAhead ? 0 : record.totpLastStep;
    return this.stepOf(record.totpSecret, code, { userId: record.userId, after });
  }
}
