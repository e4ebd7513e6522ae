export { Emails, type EmailsOptions } from "./emails";
export type { EmailRecord, EmailStore } from "./record";
