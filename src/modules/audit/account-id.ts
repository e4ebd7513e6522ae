import type { AuditTrail } from "./audit-trail";

/** 128 bits, base64url. */
const identifier = /^[\w-]{22}$/;

interface Names {
  findByUsername(username: string): Promise<{ readonly id: string } | undefined>;
}

/**
 * Whose events are asked for: a username, or an id, also of an account that is deleted.
 *
 * An id with events comes first. People choose their usernames, and one that is somebody's id would hide that one's events.
 *
 * @returns undefined for a name that nobody has
 */
export async function auditedAccountId(
  text: string,
  { accounts, audit }: { readonly accounts: Names; readonly audit: AuditTrail },
): Promise<string | undefined> {
  const isId = identifier.test(text);
  if (isId && (await audit.hasEventsOf(text))) return text;
  const account = await accounts.findByUsername(text);
  return account?.id ?? (isId ? text : undefined);
}
