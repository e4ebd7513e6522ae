import { Emails } from "../../modules/emails";
import type { Foundation } from "./foundation";
import type { MailParts } from "./mail";

/** Mails with codes that one account may have sent in an hour, and that one address may get. */
const CODES_OF_ACCOUNT = 10;
const CODES_TO_ADDRESS = 5;

export function composeEmails(foundation: Foundation, { outbox, sender }: MailParts): Emails {
  const { environment, stores, keyFor, limits, audit, events, clock, random } = foundation;
  return new Emails({
    store: stores.emails,
    outbox,
    nudge: sender && (() => sender.nudge()),
    budgets: {
      ofAccount: limits.byKey("address_codes_of_account", CODES_OF_ACCOUNT),
      toAddress: limits.byKey("address_codes_to_address", CODES_TO_ADDRESS),
      all: limits.byKey("address_codes", environment.mailsPerHour),
    },
    key: keyFor("address-code"),
    ...{ audit, events, clock, random },
  });
}
