/** How invitations look on the wire. */
import type { InvitationOutput, NewInvitationOutput } from "../../contract/invitations";
import { type Invitation, invitationLink, type MadeInvitation } from "../../modules/invitations";
import type { Container } from "../composition/container";
import { inSeconds } from "./present";

type Services = Pick<Container, "environment" | "invitations">;

export function presentInvitation(invitation: Invitation, { invitations }: Services): InvitationOutput {
  const { id, roles, uses, used, email, inviter, createdAt, expiresAt } = invitation;
  return {
    id,
    status: invitations.statusOf(invitation),
    roles: [...roles],
    uses,
    used,
    email,
    invited_by: inviter && { id: inviter.id, username: inviter.username },
    created_at: inSeconds(createdAt),
    expires_at: inSeconds(expiresAt),
  };
}

export function presentNewInvitation(
  { invitation, code }: MadeInvitation,
  services: Services,
): NewInvitationOutput {
  const url = invitationLink(services.environment.appUrl, code);
  return { ...presentInvitation(invitation, services), url };
}
