import { DomainError } from "../domain-error";
import { type MailLocale, mailboxOf, type Outbox, type OutgoingMailRecord, readEmailAddress } from "../mail";
import type { Clock, RateLimiter } from "../ports";
import { consumeOrRefuse } from "../rate-limits";
import type { InvitationRecord } from "./record";

/** What could not be sent for two days is given up: whoever made the invitation has the link. */
const MAX_WAIT_IN_MS = 2 * 86_400_000;

export interface InvitationMailsOptions {
  readonly outbox: Outbox;
  /** Sends what has just been put into the outbox; undefined where no mail is sent. */
  readonly nudge: (() => void) | undefined;
  readonly budgets: { readonly toAddress: RateLimiter; readonly all: RateLimiter };
  /** The link of a code. */
  readonly linkOf: (code: string) => string;
  readonly clock: Clock;
}

type Receiver = Pick<InvitationRecord, "email" | "locale">;

/** Invitations that are mailed. The mail comes with the invitation, or neither. */
export class InvitationMails {
  readonly #options: InvitationMailsOptions;

  constructor(options: InvitationMailsOptions) {
    this.#options = options;
  }

  /**
   * To whom the link of a new invitation is mailed, counted.
   *
   * @throws DomainError `invalid_request`, `forbidden`, `too_many_attempts`
   */
  async receiverOf(wanted: {
    readonly email?: string | undefined;
    readonly locale?: MailLocale | undefined;
    readonly uses?: number | undefined;
  }): Promise<Receiver> {
    if (wanted.email === undefined) return { email: null, locale: null };
    const read = readEmailAddress(wanted.email);
    if (!read) throw refused("email", "This is not an address that mail can be sent to. Please check it.");
    if ((wanted.uses ?? 1) !== 1) throw refused("uses", "An invitation that is mailed is for one person.");
    await this.#count(read.key);
    return { email: read.address, locale: wanted.locale ?? "en" };
  }

  /** Whether mail is sent at all. */
  get areSent(): boolean {
    return this.#options.nudge !== undefined;
  }

  /** Counts a mail to the address that comes of a list. @returns whether it may go there within this hour */
  async admits(key: string): Promise<boolean> {
    return !this.areSent || (await this.#options.budgets.toAddress.consume(mailboxOf({ key }))) === 0;
  }

  /**
   * Mails of lists are counted when they are sent, so many an hour. So they are of use for as long as the invitation is.
   *
   * @returns its mail; none where no mail is sent
   */
  writeListed({ email, locale, expiresAt }: InvitationRecord, code: string): OutgoingMailRecord[] {
    const { outbox, linkOf } = this.#options;
    if (!this.areSent || email === null) return [];
    const mail = { kind: "listed_invitation", recipient: email, locale: locale ?? "en", expiresAt } as const;
    return [outbox.prepare({ ...mail, data: { link: linkOf(code) } })];
  }

  /** @returns its mail; none where it has no address */
  write({ email, locale, expiresAt }: InvitationRecord, code: string): OutgoingMailRecord[] {
    const { outbox, linkOf, clock } = this.#options;
    if (email === null) return [];
    const latest = clock.now().getTime() + MAX_WAIT_IN_MS;
    const mail = outbox.prepare({
      ...{ kind: "invitation", recipient: email, locale: locale ?? "en" },
      data: { link: linkOf(code) },
      expiresAt: new Date(Math.min(expiresAt.getTime(), latest)),
    });
    return [mail];
  }

  /** The mail of a renewed one, counted; none where no mail is sent. @throws DomainError `too_many_attempts` */
  async again(invitation: InvitationRecord, code: string): Promise<OutgoingMailRecord[]> {
    if (!this.areSent) return [];
    await this.#count(invitation.email?.toLowerCase() ?? "");
    return this.write(invitation, code);
  }

  nudge(): void {
    this.#options.nudge?.();
  }

  async #count(key: string): Promise<void> {
    const { nudge, budgets } = this.#options;
    if (!nudge) {
      const message = "This service sends no mail. Please leave the address out, and hand the link over.";
      throw new DomainError("forbidden", { message });
    }
    await consumeOrRefuse(budgets.toAddress, mailboxOf({ key }));
    await consumeOrRefuse(budgets.all, "");
  }
}

function refused(field: string, message: string): DomainError {
  return new DomainError("invalid_request", { field, message });
}
