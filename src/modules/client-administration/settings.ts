import { authenticationOf, type ClientRecord } from "../clients";

export type ChangedMembers = Readonly<Record<string, unknown>>;

/** What the audit trail keeps of a client, in the names of the wire. No secret, and no hash of one. */
export function settingsOf(client: ClientRecord): ChangedMembers {
  return {
    name: client.name,
    authentication: authenticationOf(client),
    grants: client.grants,
    audience: client.audience,
    scopes: client.scopes,
    origins: client.origins,
    requires_binding: client.requiresBinding,
    keys: client.jwks?.keys.map(({ kid, x }) => kid ?? x) ?? [],
  };
}
