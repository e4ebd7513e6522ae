/** How invitations look on the wire. */
import type { InviteListOutput, ListOutcome } from "../../contract/invitation-lists";
import type { InvitationOutput, NewInvitationOutput } from "../../contract/invitations";
import {
  type Invitation,
  invitationLink,
  type ListReport,
  type MadeInvitation,
} from "../../modules/invitations";
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

export function presentListReport(
  { isDryRun, isMailed, lines }: ListReport,
  { environment }: Pick<Container, "environment">,
): InviteListOutput {
  const count = (outcome: ListOutcome) => lines.filter((line) => line.outcome === outcome).length;
  return {
    dry_run: isDryRun,
    mailed: isMailed,
    invited: count("invited"),
    already_invited: count("already_invited"),
    has_account: count("has_account"),
    refused: count("refused"),
    people: lines.map(({ made, roles, ...facts }) => ({
      ...facts,
      roles: [...roles],
      id: made?.id ?? null,
      url: typeof made?.code === "string" ? invitationLink(environment.appUrl, made.code) : null,
    })),
  };
}
