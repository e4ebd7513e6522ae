import type { SecondFactorInput, SecondFactorKind, SecondFactorRequired } from "../../contract/second-factor";
import { type AccountRecord, admitsOwner } from "../accounts";
import { DomainError, isDomainError } from "../domain-error";
import type { ThrottleSubject } from "../rate-limits";
import {
  type ChallengeRecord,
  issuedAt,
  type NewTotp,
  type SecondFactorChallenges,
  type SecondFactors,
} from "../second-factor";
import type { IssuedTokens } from "../sessions";
import type { Attempts, Caller } from "./attempts";
import type { Application, Finish, FinishOptions, Proof } from "./finish";

export interface SecondStepOptions extends FinishOptions {
  readonly secondFactors: SecondFactors;
  readonly secondFactorChallenges: SecondFactorChallenges;
  readonly nameOfClient: (clientId: string) => Promise<string | null>;
}

/** What a completed sign-in brings. */
export interface Completed {
  readonly tokens: IssuedTokens;
  /** After an app was added on the way. */
  readonly recoveryCodes?: readonly string[] | undefined;
}

/** The second step of a sign-in with a password. */
export class SecondStep {
  readonly #options: SecondStepOptions;
  readonly #attempts: Attempts;
  readonly #finish: Finish;

  constructor(options: SecondStepOptions, attempts: Attempts, finish: Finish) {
    this.#options = options;
    this.#attempts = attempts;
    this.#finish = finish;
  }

  /**
   * Lets a sign-in go on that needs no more than its password.
   *
   * @throws DomainError `second_factor_required`, with the challenge
   */
  async requireNone(account: AccountRecord, caller: Caller, application: Application | null): Promise<void> {
    const { secondFactors, secondFactorChallenges, passkeys, audit } = this.#options;
    const kinds = await secondFactors.kindsFor(account);
    if (kinds.length === 0) return;
    // Nobody adds an app to an account that is about to go: it is asked for once that is taken back.
    if (isEnrolment(kinds) && account.deletionDueAt !== null) return;
    const { challenge, expiresInSeconds } = await secondFactorChallenges.issue({
      userId: account.id,
      keyThumbprint: caller.keyThumbprint,
      applicationId: application?.id ?? null,
      passwordChangedAt: account.passwordChangedAt,
      isEnrolment: isEnrolment(kinds),
    });
    // Somebody knows the password: the operator may want to see in the log how far that went.
    await audit.record({
      type: "sign_in_refused",
      userId: account.id,
      address: caller.address,
      detail: { reason: "second_factor_required" },
    });
    const required: SecondFactorRequired = {
      challenge,
      expires_in: expiresInSeconds,
      kinds: [...kinds],
      ...(kinds.includes("passkey")
        ? { passkey_options: passkeys.proofs.requestOptions(challenge, expiresInSeconds) }
        : {}),
    };
    const message = isEnrolment(kinds)
      ? { message: "The password is right. This account needs a second factor: please add one now." }
      : {};
    throw new DomainError("second_factor_required", { ...message, extra: required });
  }

  /**
   * Starts to add an app to an account that has to have a second factor, before anything else of it is reachable.
   *
   * @throws DomainError `invalid_ticket`
   */
  async enrol(challenge: string, caller: Caller): Promise<NewTotp> {
    const { record, account } = await this.#open(challenge, caller);
    if (!record.isEnrolment) throw new DomainError("invalid_ticket");
    return this.#options.secondFactors.begin(account, record.idHash);
  }

  /**
   * Completes the sign-in.
   *
   * @throws DomainError `invalid_ticket`, `invalid_code` and `invalid_passkey` (both with `attempts_left`),
   * `too_many_attempts`; `not_found` for an enrolment that was not begun
   */
  async complete(input: SecondFactorInput, caller: Caller): Promise<Completed> {
    const { secondFactorChallenges, nameOfClient } = this.#options;
    const { record, account } = await this.#open(input.challenge, caller);
    if (record.isEnrolment !== (input.kind === "enrol")) throw new DomainError("invalid_ticket");
    const { applicationId: id } = record;
    const application =
      id === null ? null : { id, name: (await nameOfClient(id)) ?? id, since: issuedAt(record) };
    const subject = await this.#attempts.subjectOf(account.usernameKey, account, caller);
    const proven = await this.#prove(input, { record, account, caller, subject });
    await secondFactorChallenges.consume(record);
    const { recoveryCodes, ...by } = proven;
    return {
      tokens: await this.#finish.open({ account, subject, caller, application, by }),
      recoveryCodes,
    };
  }

  /**
   * The challenge with its account, while the password that began it is still the one, and an app may still be added without
   * a second factor: once there is one, whoever kept such a challenge has only the password.
   */
  async #open(
    challenge: string,
    { keyThumbprint }: Caller,
  ): Promise<{ record: ChallengeRecord; account: AccountRecord }> {
    const { secondFactorChallenges, secondFactors, accounts } = this.#options;
    const record = await secondFactorChallenges.require(challenge, keyThumbprint);
    const account = await accounts.find(record.userId);
    const isSame =
      admitsOwner(account, this.#options.clock.now()) &&
      account.passwordChangedAt.getTime() === record.passwordChangedAt.getTime() &&
      (!record.isEnrolment || isEnrolment(await secondFactors.kindsFor(account)));
    if (!isSame) throw new DomainError("invalid_ticket");
    return { record, account };
  }

  async #prove(
    input: SecondFactorInput,
    by: ProofContext,
  ): Promise<Proof & { recoveryCodes?: string[] | undefined }> {
    if (input.kind === "passkey") return this.#provePasskey(input, by);
    const { secondFactors, secondFactorChallenges } = this.#options;
    const { record, account, subject, caller } = by;
    const actor = { sessionId: null, address: caller.address };
    let left = 0;
    let recoveryCodes: string[] | undefined;
    const isRight = await this.#attempts.isRightCode({ account, subject, caller }, async () => {
      left = await secondFactorChallenges.countTry(record);
      if (input.kind !== "enrol")
        return secondFactors.codes.consume(account.id, input.kind, input.code, actor);
      try {
        recoveryCodes = await secondFactors.confirm(account, input.code, {
          ...actor,
          addedBy: record.idHash,
          mayReplace: false,
        });
        return true;
      } catch (error) {
        if (isDomainError(error) && error.code === "invalid_code") return false;
        throw error;
      }
    });
    if (!isRight) throw new DomainError("invalid_code", { extra: { attempts_left: left } });
    return { method: "password", factors: ["pwd", "otp"], recoveryCodes };
  }

  async #provePasskey(
    input: Extract<SecondFactorInput, { kind: "passkey" }>,
    { record, account, caller }: ProofContext,
  ): Promise<Proof> {
    const { secondFactorChallenges, passkeys, audit } = this.#options;
    const left = await secondFactorChallenges.countTry(record);
    try {
      const { passkey, factor } = await passkeys.proofs.prove(input.passkey, input.challenge);
      if (passkey.userId !== account.id) throw new DomainError("invalid_passkey");
      return { method: "password", factors: ["pwd", factor], passkey };
    } catch (error) {
      if (!isDomainError(error) || error.code !== "invalid_passkey") throw error;
      const detail = { reason: error.code };
      await audit.record({ type: "sign_in_refused", userId: account.id, address: caller.address, detail });
      throw new DomainError("invalid_passkey", { extra: { ...error.details.extra, attempts_left: left } });
    }
  }
}

interface ProofContext {
  readonly record: ChallengeRecord;
  readonly account: AccountRecord;
  readonly subject: ThrottleSubject;
  readonly caller: Caller;
}

function isEnrolment(kinds: readonly SecondFactorKind[]): boolean {
  return kinds[0] === "enrol";
}
