import type { SecondFactorKind } from "../../contract/second-factor";
import {
  type AccountRecord,
  type Actor,
  auditFactsOf,
  changedMeanwhile,
  guardOf,
  requireAnother,
  requireAuthority,
} from "../accounts";
import { requireRecent } from "../assurance";
import type { AuditEventType, AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { Clock, EventBus, RandomSource, SecretRing } from "../ports";
import { SealError, type Sealer } from "../sealed";
import type { Principal } from "../sessions";
import { isRequiredOf, type SecondFactorPolicy } from "./policy";
import type { PendingTotp, SecondFactorRecord, SecondFactorStore } from "./record";
import { hashRecoveryCode, newRecoveryCodes } from "./recovery-codes";
import { newTotpSecret, otpauthUri, readTotpCode, stepAt, stepOfCode } from "./totp";

/** From the secret to the first code. */
const ENROLMENT_LIFETIME_IN_SECONDS = 900;
/** Ten minutes ahead: no code is accepted for so late a step, so a clock was ahead and has been set right. */
const TOO_FAR_AHEAD_IN_STEPS = 20;
/** Somebody else used a code of the set first. More rounds than codes mean a fault. */
const MAX_ROUNDS = 20;
/** Apps that are sealed anew by one statement's list. */
const SLICE = 500;

export interface SecondFactorsOptions {
  readonly store: SecondFactorStore;
  readonly policy: SecondFactorPolicy;
  readonly sealer: Sealer;
  readonly secrets: SecretRing;
  /** Whom the app shows beside the code: the host of the service. */
  readonly issuer: string;
  readonly hasPasskeys: (userId: string) => Promise<boolean>;
  readonly audit: AuditTrail;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly random: RandomSource;
}

type User = Pick<Principal["user"], "id" | "username" | "roles">;

/** Who does it: a session, or the sign-in of this account. */
export interface SecondFactorActor {
  readonly sessionId: string | null;
  readonly address: string | null;
}

/** An app that is being added. */
export interface NewTotp {
  /** Base32. DANGER: shown once, and never logged. */
  readonly secret: string;
  readonly uri: string;
  readonly expiresInSeconds: number;
}

type CodeKind = "totp" | "recovery_code";

/** The authenticator apps and the recovery codes of all accounts. Who guesses is counted by those who call this. */
export class SecondFactors {
  readonly #options: SecondFactorsOptions;

  constructor(options: SecondFactorsOptions) {
    this.#options = options;
  }

  async find(userId: string): Promise<SecondFactorRecord | undefined> {
    return this.#options.store.find(userId);
  }

  /** Whether the user may have a second factor, or has to. */
  policyFor(user: Pick<User, "roles">): SecondFactorPolicy["mode"] {
    const { policy } = this.#options;
    if (policy.mode !== "required") return policy.mode;
    return isRequiredOf(user, policy) ? "required" : "optional";
  }

  /** What a sign-in with a password has to be completed by; nothing: it is complete. The first is the one to offer. */
  async kindsFor(user: Pick<User, "id" | "roles">): Promise<readonly SecondFactorKind[]> {
    const { policy, hasPasskeys } = this.#options;
    if (policy.mode === "off") return [];
    const record = await this.#options.store.find(user.id);
    const hasTotp = record?.totpSecret != null;
    if (!hasTotp && !isRequiredOf(user, policy)) return [];
    const passkey = (await hasPasskeys(user.id)) ? (["passkey"] as const) : [];
    const recovery = record?.recoveryCodes.length ? (["recovery_code"] as const) : [];
    if (hasTotp) return ["totp", ...passkey, ...recovery];
    return passkey.length > 0 ? [...passkey, ...recovery] : ["enrol"];
  }

  /**
   * How somebody signs in is changed by who has just proven who they are, by as much as a sign-in takes.
   *
   * @throws DomainError `step_up_required`, with what is wanted
   */
  async requireOpen({ user, session }: Principal): Promise<void> {
    const kinds = await this.kindsFor(user);
    const isAsked = kinds.some((kind) => kind !== "enrol");
    requireRecent(session, isAsked ? "mfa" : "sfa", this.#options.clock.now());
  }

  /**
   * Starts to add an app; one that is there stays until the new one is confirmed.
   *
   * @param addedBy the session or sign-in that alone can confirm it
   * @throws DomainError `forbidden` where second factors are turned off
   */
  async begin(user: Pick<User, "id" | "username">, addedBy: string): Promise<NewTotp> {
    const { store, sealer, clock, random, issuer, policy } = this.#options;
    if (policy.mode === "off") {
      throw new DomainError("forbidden", { message: "Second factors are turned off on this service." });
    }
    const secret = newTotpSecret(random);
    const expiresAt = new Date(clock.now().getTime() + ENROLMENT_LIFETIME_IN_SECONDS * 1000);
    await store.begin(user.id, { secret: sealer.seal(secret, user.id), addedBy, expiresAt });
    return {
      secret,
      uri: otpauthUri(secret, { issuer, label: user.username }),
      expiresInSeconds: ENROLMENT_LIFETIME_IN_SECONDS,
    };
  }

  /**
   * Makes the app the account's, in the place of another one where `mayReplace` says so: a sign-in that has proven no second
   * factor must not, also when another call adds one at the same moment.
   *
   * @returns recovery codes, when there were none
   * @throws DomainError `invalid_code`; `not_found` when no app is being added
   */
  async confirm(
    user: Pick<User, "id">,
    code: string,
    by: SecondFactorActor & { readonly addedBy: string; readonly mayReplace: boolean },
  ): Promise<string[] | undefined> {
    const { store, clock } = this.#options;
    const record = await store.find(user.id);
    const pending = this.#pendingOf(record, by.addedBy);
    const step = this.#stepOf(pending.secret, code, { userId: user.id, after: 0 });
    if (step === undefined) throw new DomainError("invalid_code");
    const isFirst = record?.recoveryCodes.length === 0;
    const made = isFirst ? this.#makeCodes(user.id) : undefined;
    const confirmed = { step, at: clock.now(), codes: made?.hashes ?? null, mayReplace: by.mayReplace };
    if (!(await store.confirm(user.id, pending, confirmed))) throw nothingPending();
    await this.#note("totp_added", user.id, by);
    return made?.codes;
  }

  /** @throws DomainError `not_found` */
  async removeTotp(user: Pick<User, "id">, by: SecondFactorActor): Promise<void> {
    if (!(await this.#options.store.removeTotp(user.id))) throw new DomainError("not_found");
    await this.#note("totp_removed", user.id, by);
  }

  /**
   * New recovery codes, in the place of those there are.
   *
   * @throws DomainError `invalid_request` for an account that has nothing they could take the place of
   */
  async replaceRecoveryCodes(user: Pick<User, "id">, by: SecondFactorActor): Promise<string[]> {
    const { store, hasPasskeys } = this.#options;
    const hasTotp = (await store.find(user.id))?.totpSecret != null;
    if (!hasTotp && !(await hasPasskeys(user.id))) {
      throw new DomainError("invalid_request", {
        message: "There is nothing to recover yet. Please add an authenticator app or a passkey first.",
      });
    }
    const { codes, hashes } = this.#makeCodes(user.id);
    await store.setRecoveryCodes(user.id, null, hashes);
    await this.#note("recovery_codes_made", user.id, by);
    return codes;
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
   * Takes the app and the recovery codes away, for somebody who has lost them.
   *
   * @returns whether there was anything
   * @throws DomainError `forbidden` for one's own account and one above the actor's; `temporarily_unavailable` when another
   * change was made at the same time
   */
  async removeAll(account: AccountRecord, actor: Actor): Promise<boolean> {
    const { store, audit, events } = this.#options;
    requireAuthority(actor, account.roles);
    requireAnother(actor, account);
    const outcome = await store.remove(account.id, guardOf(actor, account));
    if (outcome === "changed_meanwhile") throw changedMeanwhile();
    if (outcome === "nothing") return false;
    await audit.record({ type: "second_factors_removed", userId: account.id, ...auditFactsOf(actor) });
    events.publish({ type: "sessions_changed", userId: account.id });
    return true;
  }

  /**
   * Seals with the newest secret of the installation what was sealed with an older one, so that the older can be given up.
   *
   * @returns how many
   */
  async sealAnew(): Promise<number> {
    const { store, sealer, secrets } = this.#options;
    let count = 0;
    let slice = await store.listSealedWithOther(secrets.currentId, "", SLICE);
    while (slice.length > 0) {
      for (const { userId, secret } of slice) {
        const plain = openOrUndefined(sealer, secret, userId);
        if (plain === undefined) continue;
        if (await store.sealAnew(userId, secret, sealer.seal(plain, userId))) count += 1;
      }
      slice = await store.listSealedWithOther(secrets.currentId, slice.at(-1)?.userId ?? "", SLICE);
    }
    return count;
  }

  async #consumeTotp(userId: string, code: string): Promise<boolean> {
    const { store, clock } = this.#options;
    const record = await store.find(userId);
    const step = record && this.#usableStep(record, code);
    if (step === undefined || !record?.totpSecret) return false;
    const noneAfter = stepAt(clock.now()) + TOO_FAR_AHEAD_IN_STEPS;
    return store.noteStep(userId, { secret: record.totpSecret, step, noneAfter });
  }

  async #consumeRecoveryCode(userId: string, code: string, by: SecondFactorActor): Promise<boolean> {
    const { store } = this.#options;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const record = await store.find(userId);
      const hash = hashRecoveryCode(userId, code);
      if (!record?.recoveryCodes.includes(hash)) return false;
      const left = record.recoveryCodes.filter((one) => one !== hash);
      if (!(await store.setRecoveryCodes(userId, record.recoveryCodes, left))) continue;
      await this.#note("recovery_code_used", userId, by, { left: left.length });
      return true;
    }
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
  }

  #usableStep(record: SecondFactorRecord, code: string): number | undefined {
    if (record.totpSecret === null) return undefined;
    const isAhead = record.totpLastStep > stepAt(this.#options.clock.now()) + TOO_FAR_AHEAD_IN_STEPS;
    const after = isAhead ? 0 : record.totpLastStep;
    return this.#stepOf(record.totpSecret, code, { userId: record.userId, after });
  }

  #stepOf(sealed: string, text: string, { userId, after }: { userId: string; after: number }) {
    const code = readTotpCode(text);
    if (code === undefined) return undefined;
    return stepOfCode(this.#open(sealed, userId), code, { now: this.#options.clock.now(), after });
  }

  /** @throws DomainError `invalid_code` with what to do, when the secret that it was sealed with is gone */
  #open(sealed: string, userId: string): string {
    try {
      return this.#options.sealer.open(sealed, userId);
    } catch (cause) {
      if (!(cause instanceof SealError)) throw cause;
      throw new DomainError("invalid_code", { message: appIsLost }, { cause });
    }
  }

  #pendingOf(record: SecondFactorRecord | undefined, addedBy: string): PendingTotp {
    const { pendingSecret: secret, pendingFor, pendingExpiresAt: expiresAt } = record ?? {};
    const isUsable = pendingFor === addedBy && expiresAt != null && expiresAt > this.#options.clock.now();
    if (!isUsable || secret == null) throw nothingPending();
    return { secret, addedBy, expiresAt };
  }

  #makeCodes(userId: string): { codes: string[]; hashes: string[] } {
    const codes = newRecoveryCodes(this.#options.random);
    return { codes, hashes: codes.map((code) => hashRecoveryCode(userId, code)) };
  }

  async #note(
    type: AuditEventType,
    userId: string,
    { sessionId, address }: SecondFactorActor,
    detail: Readonly<Record<string, string | number>> = {},
  ): Promise<void> {
    const { audit, events } = this.#options;
    await audit.record({ type, userId, sessionId, address, detail });
    // It is a notice too: open devices look again.
    events.publish({ type: "sessions_changed", userId });
  }
}

const appIsLost =
  "This app’s codes can no longer be checked. Please use a recovery code, or ask the operator to remove your second factor.";

/** Those whose secret is gone stay as they are: it may come back. */
function openOrUndefined(sealer: Sealer, sealed: string, userId: string): string | undefined {
  try {
    return sealer.open(sealed, userId);
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

function nothingPending(): DomainError {
  return new DomainError("not_found", {
    message: "No app is being added, or it took too long. Please start again.",
  });
}
