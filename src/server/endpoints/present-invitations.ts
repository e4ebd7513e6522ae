/** How invitations look on the wire. */
import type { InvitationOutput, NewInvitationOutput } from "../../contract/invitations";
import type { Invitation, MadeInvitation } from "../../modules/invitations";
import type { Container } from "../composition/container";
import { inSeconds } from "./present";

type Services = Pick<Container, "environment" | "invitations">;

export function presentInvitation(invitation: Invitation, { invitations }: Services): InvitationOutput {
  const { id, roles, uses, used, inviter, createdAt, expiresAt } = invitation;
  return {
    id,
    status: invitations.statusOf(invitation),
    roles: [...roles],
    uses,
    used,
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

/** The code is behind the hash: no server and no log on the way sees it, and opening the link changes nothing. */
export function invitationLink(appUrl: URL, code: string): string {
  return `${appUrl.origin}/join#${code}`;
}
