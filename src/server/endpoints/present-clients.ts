/** How registered clients look to owners and admins. No secret, and no hash of one. */
import type { ClientOutput } from "../../contract/clients";
import { authenticationOf, type ClientRecord, type ClientUse } from "../../modules/clients";
import { inSeconds } from "./present";

export function presentClient(client: ClientRecord, use: ClientUse | undefined): ClientOutput {
  return {
    id: client.id,
    name: client.name,
    authentication: authenticationOf(client),
    grants: [...client.grants],
    audience: client.audience,
    scopes: [...client.scopes],
    origins: [...client.origins],
    requires_binding: client.requiresBinding,
    jwks: client.jwks && { keys: client.jwks.keys.map((key) => ({ ...key })) },
    created_at: inSeconds(client.createdAt),
    last_used_at: client.lastUsedAt && inSeconds(client.lastUsedAt),
    people: use?.people ?? 0,
    sessions: use?.sessions ?? 0,
  };
}
