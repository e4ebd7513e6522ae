import type { AccountRecord, Accounts } from "../accounts";
import type { Factor } from "../assurance";
import type { AuditTrail } from "../audit";
import { FIRST_PARTY_CLIENT_ID } from "../clients";
import type { Deletion } from "../deletion";
import { describeDevice, type KnownDeviceStore } from "../devices";
import { DomainError } from "../domain-error";
import type { PasskeyRecord, Passkeys } from "../passkeys";
import type { Clock } from "../ports";
import type { SignInThrottle, ThrottleSubject } from "../rate-limits";
import type { IssuedTokens, Sessions } from "../sessions";
import type { Caller } from "./attempts";

export interface FinishOptions {
  readonly accounts: Accounts;
  readonly passkeys: Passkeys;
  readonly sessions: Sessions;
  readonly knownDevices: KnownDeviceStore;
  readonly throttle: SignInThrottle;
  /** Whether the client is registered at this moment and was then, by the database. */
  readonly isRegisteredSince: (clientId: string, then: Date) => Promise<boolean>;
  readonly deletion: Deletion;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** The client whose page signs in. */
export interface Application {
  readonly id: string;
  readonly name: string;
  /** It was registered then: one of the same id that was registered later is another. */
  readonly since: Date;
}

/** Someone who has proven who they are. */
export interface Proven {
  /** As it was when it was looked at for the proof. */
  readonly account: AccountRecord;
  readonly subject: ThrottleSubject;
  readonly caller: Caller;
  readonly application: Application | null;
  readonly by: Proof;
}

export interface Proof {
  /** The first step. */
  readonly method: "password" | "passkey";
  readonly factors: readonly [Factor, ...Factor[]];
  /** Where one signed, in either step. */
  readonly passkey?: PasskeyRecord;
}

/** The last step of every sign-in here: from the proof to the session. */
export class Finish {
  readonly #options: FinishOptions;

  constructor(options: FinishOptions) {
    this.#options = options;
  }

  /**
   * @throws DomainError `deletion_pending`; `invalid_credentials` or `invalid_passkey` when what was proven holds no more; `invalid_ticket` when the
   * application was removed
   */
  async open({ account, subject, caller, application, by }: Proven): Promise<IssuedTokens> {
    const { sessions, audit, deletion } = this.#options;
    const { keyThumbprint, address } = caller;
    const { method, factors, passkey } = by;
    await deletion.requireNone(
      account,
      { method, factors, passkeyId: passkey?.id ?? null, application },
      caller,
    );
    // First the device: should that fail, nobody will get the tokens, and there must be no session.
    if (keyThumbprint !== null) await this.#remember(account, keyThumbprint, subject);
    const device = describeDevice(caller.userAgent);
    const tokens = await sessions.create({
      user: account,
      clientId: FIRST_PARTY_CLIENT_ID,
      applicationId: application?.id ?? null,
      method: by.method,
      factors: by.factors,
      keyThumbprint,
      device,
      address,
    });
    await this.#requireUnchanged(account, tokens.sessionId, caller, by);
    await this.#requireRegistered(application, { id: tokens.sessionId, userId: account.id }, caller);
    await audit.record({
      type: "signed_in",
      userId: account.id,
      sessionId: tokens.sessionId,
      address,
      detail: {
        method: by.method,
        bound: keyThumbprint !== null,
        ...{ browser: device.browser, os: device.os },
        ...(application ? { client: application.id, client_name: application.name } : {}),
      },
    });
    return tokens;
  }

  async #remember(account: AccountRecord, keyThumbprint: string, subject: ThrottleSubject): Promise<void> {
    const { knownDevices, throttle, clock } = this.#options;
    // It may have been known before, and then forgotten by a reset: counts that it had then must not shut it out.
    if (subject.ownCountOf === null) {
      const own = { usernameKey: subject.usernameKey, ownCountOf: keyThumbprint };
      await throttle.forget(own);
      await throttle.forget({ ...own, guessed: "codes" });
    }
    await knownDevices.remember(account, keyThumbprint, clock.now());
  }

  /**
   * A password changed, a passkey deleted, or an account closed, between our check and the new session would otherwise miss
   * that session when it ends all there are. It is there by now, so either they have ended it or we see what they did. The
   * same goes for the device, which they would have made a stranger.
   */
  async #requireUnchanged(
    checked: AccountRecord,
    sessionId: string,
    { keyThumbprint, address, userAgent }: Caller,
    by: Proof,
  ): Promise<void> {
    const { accounts, passkeys, sessions, knownDevices } = this.#options;
    const now = await accounts.find(checked.id);
    const isUnchanged =
      now?.disabledAt === null &&
      now.passwordChangedAt.getTime() === checked.passwordChangedAt.getTime() &&
      (by.passkey === undefined || (await passkeys.isThere(by.passkey)));
    if (isUnchanged) return;
    if (keyThumbprint !== null) await knownDevices.forget(checked.id, keyThumbprint);
    await sessions.end({ id: sessionId, userId: checked.id }, "password_changed", {
      actor: "system",
      address,
      userAgent,
    });
    throw new DomainError(by.passkey === undefined ? "invalid_credentials" : "invalid_passkey");
  }

  /** The same for the application, whose removal ends its sessions: minutes can pass between the steps of a sign-in. */
  async #requireRegistered(
    application: Application | null,
    session: { readonly id: string; readonly userId: string },
    { address, userAgent }: Caller,
  ): Promise<void> {
    const { sessions, isRegisteredSince } = this.#options;
    if (application === null || (await isRegisteredSince(application.id, application.since))) return;
    await sessions.end(session, "client_removed", { actor: "system", address, userAgent });
    // Whoever starts again hears why.
    throw new DomainError("invalid_ticket");
  }
}
