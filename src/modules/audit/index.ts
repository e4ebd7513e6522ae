export type { AuditEventType } from "../../contract/audit";
export { AuditTrail } from "./audit-trail";
export type { AuditEntry, AuditLog, AuditPlace, AuditQuery, AuditRecord, AuditStore } from "./record";
