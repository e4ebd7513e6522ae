export { type EmailAddress, mailboxOf, readEmailAddress } from "./email-address";
export {
  type MailData,
  MailFault,
  type MailKind,
  type MailLocale,
  type MailMessage,
  type MailStore,
  type MailTransport,
  mailKinds,
  mailLocaleOf,
  mailLocales,
  type OutgoingMailRecord,
} from "./mail";
export { newMailCode, readMailCode } from "./mail-codes";
export { Outbox } from "./outbox";
export { type MailLane, MailSender } from "./sender";
export { writeMail } from "./write";
