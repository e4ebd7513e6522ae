/** Clients' own tokens, which have no user: how they are issued and introspected. */
import { type ClientRecord, isConfidential } from "../../../modules/clients";
import { DomainError } from "../../../modules/domain-error";
import type { InspectedClientToken } from "../../../modules/tokens";
import type { Call } from "../../request/call";

/**
 * RFC 6749 section 4.4. There is no refresh token (section 4.4.3): the client's own credentials are as good at any time.
 *
 * @throws DomainError `invalid_client` for a public client, `invalid_scope`
 */
export function issueClientToken(
  call: Call,
  client: ClientRecord,
  { scopes, keyThumbprint }: { readonly scopes: readonly string[]; readonly keyThumbprint: string | null },
) {
  const { accessTokens, clients } = call.container;
  // Both are held by the registration too; a token without them would be good for more than anybody meant.
  if (!isConfidential(client)) throw new DomainError("invalid_client");
  if (client.audience === null) throw new DomainError("unauthorized_client");
  const scope = clients.scopeOf(client, scopes);
  return {
    access_token: accessTokens.issueForClient({
      clientId: client.id,
      audience: client.audience,
      scope,
      keyThumbprint,
    }),
    token_type: keyThumbprint === null ? "Bearer" : "DPoP",
    expires_in: accessTokens.lifetimeInSeconds,
    ...(scope === null ? {} : { scope }),
  };
}

/** What introspection says of one, while its client is registered; undefined where it is none of the asker's business. */
export async function describeClientToken(
  { container: { clients, environment } }: Call,
  token: InspectedClientToken,
  asker: ClientRecord,
): Promise<Record<string, unknown> | undefined> {
  const { clientId, audience, scope, keyThumbprint, issuedAt, expiresAt, id } = token;
  if (clientId !== asker.id && !clients.isAudience(asker, audience)) return undefined;
  // Times in tokens are whole seconds: one of the second in which the client was registered is its own.
  const lastMomentOfIssue = new Date(issuedAt * 1000 + 999);
  if (!(await clients.isRegisteredSince(clientId, lastMomentOfIssue))) return undefined;
  return {
    active: true,
    iss: environment.appUrl.origin,
    sub: clientId,
    client_id: clientId,
    token_type: keyThumbprint === null ? "Bearer" : "DPoP",
    aud: audience,
    iat: issuedAt,
    exp: expiresAt,
    jti: id,
    ...(scope === null ? {} : { scope }),
    ...(keyThumbprint === null ? {} : { cnf: { jkt: keyThumbprint } }),
  };
}
