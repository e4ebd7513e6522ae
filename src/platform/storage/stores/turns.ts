/** What is done to an invitation, and the accounts that are made with it, come one after another. */
export const turnOf = (invitationId: string) => `invitation ${invitationId}`;

/** Each of them looks at the roles of other accounts: whether another owner is left, and whether who acts still may. */
export const ACTS_ON_ACCOUNTS = "owners";
