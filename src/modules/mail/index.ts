export { type EmailAddress, readEmailAddress } from "./email-address";
export {
  MailFault,
  type MailLocale,
  type MailMessage,
  type MailStore,
  type MailTransport,
} from "./mail";
export { Outbox } from "./outbox";
export { MailSender } from "./sender";
export { writeMail } from "./write";
