export { MailRecovery } from "./mail-recovery";
export type { MailRecoveryStore } from "./mail-recovery-record";
export { Recovery, type RecoveryOptions } from "./recovery";
