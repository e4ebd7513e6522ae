export { invitationLink } from "./invitation-link";
export { InvitationMails } from "./invitation-mails";
export { Invitations, type MadeInvitation } from "./invitations";
export type { Invitation, InvitationRecord, InvitationStore, Inviter, Place } from "./record";
