import type { RoleName } from "../../contract/schemas";
import type { AuditEntry } from "../audit";
import { DomainError } from "../domain-error";
import type { EndedBy, RequestOrigin } from "../sessions";
import type { AccountRecord, Guard } from "./account-store";

/** Somebody who is signed in and acts on the account of another one. */
export interface Administrator extends RequestOrigin {
  readonly id: string;
  /** As they were read for this call. What is written asks whether they still are. */
  readonly roles: readonly RoleName[];
  readonly sessionId: string;
}

/** Who acts on an account: the operator in the terminal, who may do everything, or somebody by their roles. */
export type Actor = "operator" | Administrator;

const rankOf = { owner: 2, admin: 1, user: 0 } as const satisfies Record<RoleName, number>;

function highest(roles: readonly RoleName[]): number {
  return Math.max(0, ...roles.map((role) => rankOf[role]));
}

/**
 * Whether somebody with these roles may act on somebody with those: only owners act on owners, admins act on admins and
 * users, and users act on nobody.
 */
export function mayActOn(acting: readonly RoleName[], roles: readonly RoleName[]): boolean {
  return highest(acting) > rankOf.user && highest(acting) >= highest(roles);
}

/**
 * @param roles what the account has, or is to have
 * @throws DomainError `forbidden`
 */
export function requireAuthority(actor: Actor, roles: readonly RoleName[]): void {
  if (actor === "operator" || mayActOn(actor.roles, roles)) return;
  throw new DomainError("forbidden", { message: "Only an owner may do this." });
}

/**
 * What would let somebody who has taken over a session keep the account, or leaves nobody to undo it.
 *
 * @throws DomainError `forbidden` for one's own account
 */
export function requireAnother(actor: Actor, account: Pick<AccountRecord, "id">): void {
  if (actor === "operator" || actor.id !== account.id) return;
  throw new DomainError("forbidden", {
    message: "This cannot be done to your own account. Please ask another owner or admin.",
  });
}

/** What the audit trail keeps of who acted. */
export function auditFactsOf(actor: Actor): Pick<AuditEntry, "actorId" | "address" | "detail"> {
  if (actor === "operator") return { actorId: "operator", address: null, detail: { by: "operator" } };
  const { id, address, sessionId } = actor;
  return { actorId: id, address, detail: { by: "account", by_session: sessionId } };
}

/** What the statement of the act asks again; null for the operator, who may do everything. */
export function guardOf(actor: Actor, account: AccountRecord): Guard | null {
  return actor === "operator" ? null : { by: actor, roles: account.roles };
}

/** The same, for the sessions that end with the act. */
export function endedBy(actor: Actor): EndedBy {
  if (actor === "operator") return { actor: "operator" };
  const { id, sessionId, address, userAgent } = actor;
  return { actor: "administrator", accountId: id, sessionId, address, userAgent };
}

/** A DomainError, for what was decided by rows that are others now. Its type stays out of the package's declarations. */
export function changedMeanwhile(): Error {
  return new DomainError("temporarily_unavailable", {
    message: "Somebody changed this account at the same time. Please try again.",
    retryAfterInSeconds: 1,
  });
}
