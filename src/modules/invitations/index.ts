export { invitationLink } from "./invitation-link";
export { InvitationLists, type LineReport, type ListReport } from "./invitation-lists";
export { InvitationMails } from "./invitation-mails";
export { Invitations, type MadeInvitation } from "./invitations";
export { type FaultyLine, type ListedPerson, ListFormatFault, readListLines } from "./list-lines";
export type { Invitation, InvitationRecord, InvitationStore, Inviter, Place } from "./record";
