/** What is done to an invitation, and the accounts that are made with it, come one after another. */
export const turnOf = (invitationId: string) => `invitation ${invitationId}`;

/** Invitations to an address come one after another: each asks whether there is one already. */
export const addressTurnOf = (emailKey: string) => `invitations to ${emailKey}`;

/** Each of them looks at the roles of other accounts: whether another owner is left, and whether who acts still may. */
export const ACTS_ON_ACCOUNTS = "owners";
