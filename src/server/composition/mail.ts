import {
  type MailLane,
  MailSender,
  type MailTransport,
  mailKinds,
  Outbox,
  writeMail,
} from "../../modules/mail";
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
  const { environment, stores, secrets, clock, random, log } = foundation;
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
        lanes: lanesOf(foundation),
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

/** No kind waits for another lane's. A kind that is named in none goes by the last. */
function lanesOf({ environment, limits }: Foundation): MailLane[] {
  const own: MailLane[] = [
    // Of its own: whatever else there is to send, somebody waits for this one at a closed door.
    { kinds: ["recovery_code"], connections: 2 },
    // Anybody can ask for these, in any number.
    { kinds: ["sign_up_code", "sign_up_in_use"], connections: 2 },
    {
      kinds: ["listed_invitation"],
      connections: 2,
      budget: limits.byKey("listed_invitation_mails", environment.mailsPerHour),
    },
  ];
  const named = own.flatMap(({ kinds }) => kinds);
  return [...own, { kinds: mailKinds.filter((kind) => !named.includes(kind)), connections: 4 }];
}
