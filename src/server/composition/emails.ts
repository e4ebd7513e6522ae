import type { Accounts } from "../../modules/accounts";
import { Emails } from "../../modules/emails";
import { InvitationMails, invitationLink } from "../../modules/invitations";
import { MailRecovery, type Recovery } from "../../modules/recovery";
import { SignUpRequests } from "../../modules/sign-up-requests";
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

const INVITATIONS_TO_ADDRESS = 5;

export function composeInvitationMails(
  foundation: Foundation,
  { outbox, sender }: MailParts,
): InvitationMails {
  const { environment, limits, clock } = foundation;
  return new InvitationMails({
    nudge: sender && (() => sender.nudge()),
    budgets: {
      toAddress: limits.byKey("invitation_mails_to_address", INVITATIONS_TO_ADDRESS),
      all: limits.byKey("invitation_mails", environment.mailsPerHour),
    },
    linkOf: (code) => invitationLink(environment.appUrl, code),
    ...{ outbox, clock },
  });
}

/** What an address may ask for in an hour, how many codes of them go to one address, and how many names it asks for. */
const SIGN_UPS_OF_ADDRESS = 100;
const SIGN_UPS_TO_ADDRESS = 5;
const SIGN_UP_NAMES = 50;

export function composeSignUpRequests(
  foundation: Foundation,
  { outbox, sender }: MailParts,
  emails: Emails,
): SignUpRequests {
  const { environment, stores, keyFor, limits, audit, clock, random } = foundation;
  return new SignUpRequests({
    store: stores.signUpRequests,
    isOpen: environment.signUp.for === "open",
    domains: environment.signUp.domains,
    hasAccounts: () => stores.accounts.hasAny(),
    nudge: sender && (() => sender.nudge()),
    requests: limits.byCaller("sign_up_requests", SIGN_UPS_OF_ADDRESS),
    budgets: {
      toAddress: limits.byKey("sign_up_codes_to_address", SIGN_UPS_TO_ADDRESS),
      all: limits.byKey("sign_up_codes", environment.mailsPerHour),
    },
    names: limits.byKey("sign_up_names", SIGN_UP_NAMES),
    key: keyFor("sign-up-code"),
    ...{ emails, outbox, audit, clock, random },
  });
}

/** What an address may ask for in an hour, and how many codes of them an account is mailed. */
const RECOVERIES_OF_ADDRESS = 100;
const RECOVERIES_OF_ACCOUNT = 10;

interface RecoveryParts {
  readonly recovery: Recovery;
  readonly accounts: Accounts;
  readonly emails: Emails;
  readonly mail: MailParts;
}

export function composeMailRecovery(foundation: Foundation, parts: RecoveryParts): MailRecovery {
  const { environment, stores, keyFor, limits, audit, clock, random } = foundation;
  const { recovery, accounts, emails } = parts;
  const { outbox, sender } = parts.mail;
  return new MailRecovery({
    store: stores.mailRecoveries,
    knownDevices: stores.knownDevices,
    nudge: sender && (() => sender.nudge()),
    requests: limits.byCaller("recovery_requests", RECOVERIES_OF_ADDRESS),
    budgets: {
      ofAccount: limits.byKey("recovery_codes_of_account", RECOVERIES_OF_ACCOUNT),
      all: limits.byKey("recovery_codes", environment.mailsPerHour),
    },
    key: keyFor("recovery-code"),
    ...{ recovery, accounts, emails, outbox, audit, clock, random },
  });
}
