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
import type { OutgoingMailRecord } from "../mail";
import type { Clock, EventBus, RandomSource, SecretRing } from "../ports";
import type { Sealer } from "../sealed";
import type { Principal } from "../sessions";
import { CodeCheck } from "./code-check";
import { isRequiredOf, type SecondFactorPolicy } from "./policy";
import type { PendingTotp, SecondFactorRecord, SecondFactorStore } from "./record";
import { recordChange, type SecondFactorActor } from "./record-change";
import { hashRecoveryCode, newRecoveryCodes } from "./recovery-codes";
import { sealAllAnew } from "./sealed-totp";
import { newTotpSecret, otpauthUri } from "./totp";

/** From the secret to the first code. */
const ENROLMENT_LIFETIME_IN_SECONDS = 900;

export interface SecondFactorsOptions {
  readonly store: SecondFactorStore;
  readonly policy: SecondFactorPolicy;
  readonly sealer: Sealer;
  readonly secrets: SecretRing;
  /** Whom the app shows beside the code: the host of the service. */
  readonly issuer: string;
  readonly hasPasskeys: (userId: string) => Promise<boolean>;
  /** Mails to the account's addresses, which come with the removal. */
  readonly noticesTo: (
    userId: string,
    kind: "second_factors_removed",
  ) => Promise<readonly OutgoingMailRecord[]>;
  readonly audit: AuditTrail;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly random: RandomSource;
}

type User = Pick<Principal["user"], "id" | "username" | "roles">;

/** An app that is being added. */
export interface NewTotp {
  /** Base32. DANGER: shown once, and never logged. */
  readonly secret: string;
  readonly uri: string;
  readonly expiresInSeconds: number;
}

/** The authenticator apps and the recovery codes of all accounts: who needs them, adding and removing them. */
export class SecondFactors {
  readonly #options: SecondFactorsOptions;
  /** What is typed from them. */
  readonly codes: CodeCheck;

  constructor(options: SecondFactorsOptions) {
    this.#options = options;
    this.codes = new CodeCheck(options);
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
    const step = this.codes.stepOf(pending.secret, code, { userId: user.id, after: 0 });
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
    if (
      !(await this.#options.store.removeTotp(
        user.id,
        await this.#options.noticesTo(user.id, "second_factors_removed"),
      ))
    )
      throw new DomainError("not_found");
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

  /**
   * Takes the app and the recovery codes away, for somebody who has lost them.
   *
   * @returns whether there was anything
   * @throws DomainError `forbidden` for one's own account and one above the actor's; `temporarily_unavailable` when another
   * change was made at the same time
   */
  async removeAll(account: AccountRecord, actor: Actor): Promise<boolean> {
    requireAuthority(actor, account.roles);
    requireAnother(actor, account);
    const { store, noticesTo } = this.#options;
    const mails = await noticesTo(account.id, "second_factors_removed");
    const outcome = await store.remove(account.id, guardOf(actor, account), mails);
    if (outcome === "changed_meanwhile") throw changedMeanwhile();
    if (outcome === "nothing") return false;
    const entry = { type: "second_factors_removed", ...auditFactsOf(actor) } as const;
    await recordChange(this.#options, account.id, entry);
    return true;
  }

  /** See {@link sealAllAnew}. */
  sealAnew(): Promise<number> {
    return sealAllAnew(this.#options);
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

  #note(type: AuditEventType, userId: string, { sessionId, address }: SecondFactorActor): Promise<void> {
    return recordChange(this.#options, userId, { type, sessionId, address });
  }
}

function nothingPending(): DomainError {
  return new DomainError("not_found", {
    message: "No app is being added, or it took too long. Please start again.",
  });
}
