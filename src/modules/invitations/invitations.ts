import { type InvitationStatus, MAX_INVITATION_LIFETIME_IN_SECONDS } from "../../contract/invitations";
import { type RoleName, roleName } from "../../contract/schemas";
import type { Actor } from "../accounts";
import type { AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { MailLocale } from "../mail";
import type { Clock, RandomSource } from "../ports";
import { hashSecret } from "../secret-hash";
import type { InvitationMails } from "./invitation-mails";
import { expiryOf, newCode, newInvitation, noteInvitation, requireMayGive, requireSignUp } from "./make";
import type { Invitation, InvitationStore, Place } from "./record";
import { statusOf } from "./status";

/** After its expiry it is still in the list, where it can be renewed. */
const KEPT_IN_MS = 90 * 86_400_000;
/** A clock that is set back by so much takes no invitation away. */
const SET_BACK_IN_SECONDS = 86_400;

export interface InvitationsOptions {
  readonly store: InvitationStore;
  /** Whether people may sign up by invitation at all. */
  readonly isOpen: boolean;
  readonly mails: InvitationMails;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
}

export interface NewInvitation {
  readonly roles?: readonly RoleName[] | undefined;
  readonly uses?: number | undefined;
  readonly lifetimeInSeconds?: number | undefined;
  /** Where the link is to be mailed. */
  readonly email?: string | undefined;
  readonly locale?: MailLocale | undefined;
}

/** An invitation with its code, which is given away this once. */
export interface MadeInvitation {
  readonly invitation: Invitation;
  /** DANGER: whoever has it can make an account. */
  readonly code: string;
}

/** Links with which people make accounts of their own, without the operator. */
export class Invitations {
  readonly #options: InvitationsOptions;

  constructor(options: InvitationsOptions) {
    this.#options = options;
  }

  /**
   * The link is mailed as well, where an address is given. It proves nothing of the address: who makes it has the link too.
   *
   * @throws DomainError `forbidden` for roles that they may not give, where nobody may sign up, and for an address where no mail
   * is sent; `invalid_request` for what is no address, and for more than one person at an address; `too_many_attempts`
   */
  async make(wanted: NewInvitation, by: Actor): Promise<MadeInvitation> {
    const { store, mails, audit, clock, random } = this.#options;
    const roles = roleName.options.filter((role) => (wanted.roles ?? ["user"]).includes(role));
    this.#requireMayInvite(by, roles);
    const receiver = await mails.receiverOf(wanted);
    const { invitation, code } = newInvitation({ ...wanted, ...receiver, roles }, by, { clock, random });
    await store.insert(invitation, mails.write(invitation, code));
    mails.nudge();
    const isMailed = invitation.email !== null;
    await noteInvitation(audit, "invitation_made", invitation, by, { isMailed });
    return { invitation: await this.#require(invitation.id), code };
  }

  /** Newest first, with the place of the last one where more follow. */
  async list(
    after: Place | null,
    limit: number,
  ): Promise<{ readonly invitations: readonly Invitation[]; readonly next: Place | null }> {
    const found = await this.#options.store.list(after, limit + 1);
    const invitations = found.slice(0, limit);
    return { invitations, next: found.length > limit ? (invitations.at(-1) ?? null) : null };
  }

  statusOf(invitation: Invitation): InvitationStatus {
    return statusOf(invitation, this.#options.clock.now());
  }

  /**
   * Gives it another code and more time, in the name of who does it. The code from before makes no account any more.
   *
   * @throws DomainError `not_found`; `forbidden` as {@link make}; `invalid_request` for one that is revoked or used up;
   * `temporarily_unavailable` when somebody else renewed it at the same time; `too_many_attempts` where it is mailed
   */
  async renew(id: string, lifetimeInSeconds: number | undefined, by: Actor): Promise<MadeInvitation> {
    const { store, mails, audit, clock, random } = this.#options;
    const before = await this.#require(id);
    this.#requireMayInvite(by, before.roles);
    const status = this.statusOf(before);
    if (status === "revoked" || status === "used") throw isOver(status);
    const code = newCode(random);
    const to = {
      codeHash: hashSecret(code),
      createdBy: by === "operator" ? null : by.id,
      expiresAt: expiryOf(clock.now(), lifetimeInSeconds),
    };
    const mailed = before.email === null ? [] : await mails.again({ ...before, ...to }, code);
    if (!(await store.renew(before, to, mailed))) throw changedMeanwhile();
    mails.nudge();
    const isMailed = mailed.length > 0;
    await noteInvitation(audit, "invitation_renewed", { ...before, ...to }, by, { isMailed });
    return { invitation: await this.#require(id), code };
  }

  /** For good. One that is revoked stays so. @throws DomainError `not_found`, `forbidden` as {@link make} */
  async revoke(id: string, by: Actor): Promise<void> {
    const { store, mails, audit, clock } = this.#options;
    const invitation = await this.#require(id);
    requireMayGive(by, invitation.roles);
    const isMailed = mails.areSent && invitation.email !== null;
    if (await store.revoke(id, clock.now()))
      await noteInvitation(audit, "invitation_revoked", invitation, by, { isMailed });
  }

  /** Whatever its state; undefined where there is none of this code, and where nobody may sign up. */
  async findByCode(code: string): Promise<Invitation | undefined> {
    return this.#options.isOpen ? this.#options.store.findByCodeHash(hashSecret(code)) : undefined;
  }

  /** @throws DomainError `invalid_invitation`, the same for every reason why it makes no account */
  async requireOpen(code: string): Promise<Invitation> {
    const invitation = await this.findByCode(code);
    if (!invitation || !this.isUsable(invitation)) throw new DomainError("invalid_invitation");
    return invitation;
  }

  isUsable(invitation: Invitation): boolean {
    const leftInMs = invitation.expiresAt.getTime() - this.#options.clock.now().getTime();
    // Open for longer than one can be: it was made by a clock that was ahead and has been set right.
    const isPlausible = leftInMs <= (MAX_INVITATION_LIFETIME_IN_SECONDS + SET_BACK_IN_SECONDS) * 1000;
    return isPlausible && this.statusOf(invitation) === "open";
  }

  /** Forgets those that expired long ago. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#options.store.deleteExpiredBefore(new Date(now.getTime() - KEPT_IN_MS));
  }

  #requireMayInvite(by: Actor, roles: readonly RoleName[]): void {
    requireSignUp(this.#options);
    requireMayGive(by, roles);
  }

  async #require(id: string): Promise<Invitation> {
    const invitation = await this.#options.store.find(id);
    if (!invitation) throw new DomainError("not_found", { message: "There is no such invitation." });
    return invitation;
  }
}

function isOver(status: "revoked" | "used"): DomainError {
  const message = {
    revoked: "This invitation was revoked. Please make a new one.",
    used: "This invitation is used up. Please make a new one.",
  };
  return new DomainError("invalid_request", { message: message[status] });
}

function changedMeanwhile(): DomainError {
  return new DomainError("temporarily_unavailable", {
    message: "Somebody changed this invitation at the same time. Please try again.",
    retryAfterInSeconds: 1,
  });
}
