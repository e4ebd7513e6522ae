export { MailRecovery } from "./mail-recovery";
export type { MailRecoveryStore } from "./mail-recovery-record";
export { RECOVERY_LINK_LIFETIME_IN_SECONDS, Recovery, type RecoveryOptions } from "./recovery";
