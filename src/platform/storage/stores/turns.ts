/** What is done to an invitation, and the accounts that are made with it, come one after another. */
export const turnOf = (invitationId: string) => `invitation ${invitationId}`;
