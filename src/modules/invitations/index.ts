export { Invitations, type InvitedBy, type MadeInvitation } from "./invitations";
export { mayGive } from "./may-give";
export type { Invitation, InvitationRecord, InvitationStore, Inviter, Place } from "./record";
