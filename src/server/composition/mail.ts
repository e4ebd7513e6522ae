import { MailSender, type MailTransport, Outbox, writeMail } from "../../modules/mail";
import { Sealer } from "../../modules/sealed";
import { createSmtpTransport } from "../../platform/mail/smtp";
import type { Foundation } from "./foundation";

/** What sends mail; without SMTP_URL there is a sender of nothing. */
export interface MailParts {
  readonly outbox: Outbox;
  /** Undefined where no mail is sent. */
  readonly sender: MailSender | undefined;
  readonly transport: MailTransport | undefined;
  /** Gives up what is of no use any more. @returns how many */
  sweep(now: Date): Promise<number>;
}

export function composeMail(foundation: Foundation): MailParts {
  const { environment, stores, secrets, limits, clock, random, log } = foundation;
  const { mail, appUrl } = environment;
  const outbox = new Outbox({ sealer: new Sealer({ secrets, random, purpose: "mail" }), clock, random });
  const transport = mail ? createSmtpTransport(mail) : undefined;
  return {
    outbox,
    transport,
    sender:
      transport &&
      new MailSender({
        ...{ store: stores.mails, outbox, transport, clock, random, log },
        lanes: [
          // Of its own: whatever else there is to send, somebody waits for this one at a closed door.
          { kinds: ["recovery_code"], connections: 2 },
          // Anybody can ask for these, in any number.
          { kinds: ["sign_up_code", "sign_up_in_use"], connections: 2 },
          {
            kinds: ["listed_invitation"],
            connections: 2,
            budget: limits.byKey("listed_invitation_mails", environment.mailsPerHour),
          },
          {
            kinds: [
              "address_code",
              "address_in_use",
              "address_added",
              "address_removed",
              "password_recovered",
              "deletion_asked",
              "deletion_taken_back",
              "account_deleted",
              "password_changed",
              "second_factors_removed",
              "passkey_added",
              "passkey_removed",
              "invitation",
            ],
            connections: 4,
          },
        ],
        write(row, data) {
          const written = writeMail(row, data, appUrl.host);
          return written && { ...written, messageId: row.id, recipient: row.recipient };
        },
      }),
    async sweep(now) {
      const count = await stores.mails.deleteExpiredBefore(now);
      if (count > 0) log.warn({ count }, "mails were given up that could not be sent in time");
      return count;
    },
  };
}
