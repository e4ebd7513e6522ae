export type { AuditEventType } from "../../contract/audit";
export { auditedAccountId } from "./account-id";
export { AuditTrail } from "./audit-trail";
export type { AuditEntry, AuditLog, AuditPlace, AuditQuery, AuditRecord, AuditStore } from "./record";
