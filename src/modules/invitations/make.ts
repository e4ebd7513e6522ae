import { USUAL_INVITATION_LIFETIME_IN_SECONDS } from "../../contract/invitations";
import type { RoleName } from "../../contract/schemas";
import { type Actor, auditFactsOf, mayActOn } from "../accounts";
import type { AuditEventType, AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { MailLocale } from "../mail";
import type { Clock, RandomSource } from "../ports";
import { hashSecret, newId } from "../secret-hash";
import type { InvitationRecord } from "./record";

/** What an invitation is to be, where whoever makes it may give the roles. */
interface Wanted {
  readonly roles: readonly RoleName[];
  readonly uses?: number | undefined;
  readonly lifetimeInSeconds?: number | undefined;
  readonly email: string | null;
  readonly locale: MailLocale | null;
}

export function newInvitation(
  { roles, uses = 1, lifetimeInSeconds, email, locale }: Wanted,
  by: Actor,
  { clock, random }: { readonly clock: Clock; readonly random: RandomSource },
): { readonly invitation: InvitationRecord; readonly code: string } {
  const code = newCode(random);
  const now = clock.now();
  const invitation = {
    ...{ id: newId(random), codeHash: hashSecret(code), roles, uses, email, locale },
    createdBy: by === "operator" ? null : by.id,
    createdAt: now,
    expiresAt: expiryOf(now, lifetimeInSeconds),
    revokedAt: null,
  };
  return { invitation, code };
}

/** 128 bits, base64url: nobody finds it by trying, and the QR code of its link stays small enough for paper. */
export function newCode(random: RandomSource): string {
  return random.bytes(16).toString("base64url");
}

export function expiryOf(now: Date, lifetimeInSeconds = USUAL_INVITATION_LIFETIME_IN_SECONDS): Date {
  return new Date(now.getTime() + lifetimeInSeconds * 1000);
}

export function mayGive(by: Actor, roles: readonly RoleName[]): boolean {
  return by === "operator" || mayActOn(by.roles, roles);
}

/** @throws DomainError `forbidden` */
export function requireMayGive(by: Actor, roles: readonly RoleName[]): void {
  if (mayGive(by, roles)) return;
  throw new DomainError("forbidden", { message: "You cannot invite people to roles above your own." });
}

/** @throws DomainError `forbidden` */
export function requireSignUp({ isOpen }: { readonly isOpen: boolean }): void {
  if (isOpen) return;
  throw new DomainError("forbidden", {
    message: "Nobody can sign up by invitation on this service. The operator can turn it on.",
  });
}

/** @param facts `list`: the run that it was made in, where there were many */
export async function noteInvitation(
  audit: AuditTrail,
  type: AuditEventType,
  invitation: InvitationRecord,
  by: Actor,
  { isMailed, list }: { readonly isMailed: boolean; readonly list?: string },
): Promise<void> {
  const { detail, ...facts } = auditFactsOf(by);
  await audit.record({
    type,
    ...facts,
    ...(by === "operator" ? {} : { userId: by.id, sessionId: by.sessionId }),
    detail: {
      ...detail,
      invitation: invitation.id,
      roles: invitation.roles.join(" "),
      uses: invitation.uses,
      expires_at: invitation.expiresAt.toISOString(),
      ...(isMailed ? { mailed: true } : {}),
      ...(list === undefined ? {} : { list }),
    },
  });
}
