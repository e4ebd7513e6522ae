import type { InvitationStatus } from "../../contract/invitations";
import { mayActOn } from "../accounts";
import type { Invitation } from "./record";

/** Whether it makes an account at this moment, and why it does not. */
export function statusOf(invitation: Invitation, now: Date): InvitationStatus {
  if (invitation.revokedAt !== null) return "revoked";
  if (invitation.used >= invitation.uses) return "used";
  if (invitation.expiresAt <= now) return "expired";
  return mayInvite(invitation) ? "open" : "suspended";
}

/** An invitation counts only while whoever made it could make it now. */
function mayInvite({ createdBy, inviter, roles }: Invitation): boolean {
  if (createdBy === null) return true;
  return inviter?.isOpen === true && mayActOn(inviter.roles, roles);
}
