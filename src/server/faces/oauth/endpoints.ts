/**
 * The OAuth face of sign-in by QR code: device authorization (RFC 8628) on the same rows, refresh, revocation (RFC 7009)
 * and introspection (RFC 7662), for registered clients. Their tokens open `me` and nothing else.
 */
import { isDead } from "../../../contract/errors";
import { ME_SCOPE, ROLES_SCOPE } from "../../../contract/first-party";
import { type ClientGrant, type ClientRecord, isConfidential } from "../../../modules/clients";
import { DomainError, isDomainError } from "../../../modules/domain-error";
import {
  authenticationOf,
  type IssuedTokens,
  type Presenter,
  type SessionRecord,
  tellsRoles,
} from "../../../modules/sessions";
import { inSeconds, presentTokens } from "../../endpoints/present";
import { presentNewQr } from "../../endpoints/present-qr";
import type { FormFields } from "../../request/access-token-location";
import type { Call } from "../../request/call";
import { originOf } from "../../request/caller";
import { readBody } from "../../request/read-body";
import { json } from "../../request/responses";
import { authenticateClient } from "./client-authentication";
import { describeClientToken, issueClientToken } from "./client-tokens";

export const DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
/** Nobody renews a code that a terminal shows, and typing one takes longer than scanning. */
const DEVICE_CODE_LIFETIME_IN_SECONDS = 600;

/** RFC 8628 section 3.1. */
export async function authorizeDevice(call: Call): Promise<Response> {
  const form = await readOAuthForm(call);
  const client = await authenticateClient(call, form);
  requireGrant(client, "device_code");
  const asked = readScope(form.scope);
  const { qrRequests, environment } = call.container;
  const created = await qrRequests.create(
    {
      clientId: client.id,
      scope: asked.includes(ROLES_SCOPE) ? ROLES_SCOPE : "",
      userAgent: call.request.headers.get("user-agent"),
      lifetimeInSeconds: DEVICE_CODE_LIFETIME_IN_SECONDS,
    },
    { keyThumbprint: null, address: call.address, network: call.network },
  );
  const { device_code, user_code, verification_uri, verification_uri_complete, interval } = presentNewQr(
    created,
    environment.appUrl,
  );
  return json({
    device_code,
    user_code,
    verification_uri,
    verification_uri_complete,
    expires_in: DEVICE_CODE_LIFETIME_IN_SECONDS,
    interval,
  });
}

/** RFC 6749 sections 3.2 and 4.4, RFC 8628 section 3.4, RFC 9449 section 5. */
export async function issueTokens(call: Call): Promise<Response> {
  const { dpopNonces } = call.container;
  call.requireNonce((nonce) => dpopNonces.accepts(nonce));
  call.responseHeaders.set("dpop-nonce", dpopNonces.current());
  const form = await readOAuthForm(call);
  // Before an assertion is used up: a client without the nonce asks again with what it sent.
  if (form.client_assertion !== undefined) await call.keyThumbprint();
  const client = await authenticateClient(call, form);
  const grant = grantOf(form);
  requireGrant(client, grant);
  const keyThumbprint = await provenKey(call, client, grant);
  if (grant === "client_credentials") {
    await call.container.clients.noteUse(client.id);
    return json(issueClientToken(call, client, { scopes: readScope(form.scope), keyThumbprint }));
  }
  const { address, network, userAgent } = call;
  const { id: clientId, requiresBinding } = client;
  const by = { clientId, requiresBinding, keyThumbprint, address, network, userAgent };
  const { qrRedemptions } = call.container;
  const tokens = await asGrantErrors(() =>
    grant === "device_code"
      ? qrRedemptions.redeem(requireField(form, "device_code"), client.id, by)
      : refresh(call, form, by),
  );
  const { scope } = await call.container.clients.reachOf(client.id);
  return json(presentOAuthTokens(tokens, client, scope === ME_SCOPE));
}

/** RFC 6749 section 6: a scope that is asked for here may be less than what was given before, and never more. */
async function refresh(
  call: Call,
  form: FormFields,
  by: Omit<Presenter, "tellsRoles">,
): Promise<IssuedTokens> {
  const { sessions } = call.container;
  const token = requireField(form, "refresh_token");
  if (form.scope === undefined) return sessions.refresh(token, by);
  const asksRoles = readScope(form.scope).includes(ROLES_SCOPE);
  // Before the token is replaced: who asks for too much has lost nothing.
  const session = asksRoles ? await sessions.findByRefreshToken(token) : undefined;
  if (session && session.clientId === by.clientId && !tellsRoles(session))
    throw new DomainError("invalid_scope");
  return sessions.refresh(token, { ...by, tellsRoles: asksRoles });
}

/** RFC 7009: revoking what is not known, or is dead, succeeds. */
export async function revoke(call: Call): Promise<Response> {
  const form = await readOAuthForm(call);
  const client = await authenticateClient(call, form);
  const token = requireField(form, "token");
  const ofClient = await call.container.accessTokens.inspectForClient(token).catch(asUndefined);
  // Nothing is kept of it that could end: it lives for minutes (section 2.2.1).
  if (ofClient)
    throw new DomainError(ofClient.clientId === client.id ? "unsupported_token_type" : "invalid_grant");
  const session = await findSession(call, token);
  if (session) {
    // Section 2.1: a token of another client is refused.
    if (session.clientId !== client.id) throw new DomainError("invalid_grant");
    const by = { actor: "client", clientId: client.id, ...originOf(call) } as const;
    if (session.endedAt === null) await call.container.sessions.end(session, "revoked", by);
  }
  return new Response(null, { status: 200 });
}

/**
 * RFC 7662, for confidential clients, about tokens of their own or for their audience. Whatever is wrong with a token, the
 * answer is the same and bare; also where it is none of the asker's business (section 4).
 */
export async function introspect(call: Call): Promise<Response> {
  const form = await readOAuthForm(call);
  const client = await authenticateClient(call, form);
  if (!isConfidential(client)) throw new DomainError("invalid_client");
  return json((await describeToken(call, requireField(form, "token"), client)) ?? { active: false });
}

async function describeToken(
  call: Call,
  token: string,
  asker: ClientRecord,
): Promise<Record<string, unknown> | undefined> {
  const { accessTokens, clients, sessions, environment } = call.container;
  const ofClient = await accessTokens.inspectForClient(token).catch(asUndefined);
  if (ofClient) return describeClientToken(call, ofClient, asker);
  const access = await accessTokens.inspect(token).catch(asUndefined);
  const refresh = access ? undefined : await sessions.findRenewable(token);
  const sessionId = access?.sessionId ?? refresh?.id;
  const principal = sessionId === undefined ? undefined : await sessions.findLive(sessionId);
  if (!principal) return undefined;
  // A refresh token is for nobody but its client.
  const isForAsker = access !== undefined && clients.isAudience(asker, access.audience);
  if (principal.session.clientId !== asker.id && !isForAsker) return undefined;
  const { user } = principal;
  // What is remembered of a session may not know of its last renewal.
  const session = refresh ?? principal.session;
  if (access && access.keyThumbprint !== session.keyThumbprint) return undefined;
  // Those of this moment; of a token that says none, not by this way either.
  const tells = access ? access.roles !== null : tellsRoles(session);
  return {
    active: true,
    iss: environment.appUrl.origin,
    sub: user.id,
    username: user.username,
    client_id: session.clientId,
    sid: session.id,
    ...(tells ? { roles: user.roles } : {}),
    // RFC 9470 section 6.2: what the token says of it, and for a refresh token what the next access token would.
    ...(access ? access.authentication : authenticationOf(session)),
    ...(session.keyThumbprint === null ? {} : { cnf: { jkt: session.keyThumbprint } }),
    ...(access
      ? {
          token_type: session.keyThumbprint === null ? "Bearer" : "DPoP",
          aud: access.audience ?? environment.appUrl.origin,
          iat: access.issuedAt,
          exp: access.expiresAt,
          jti: access.id,
          ...(access.scope === null ? {} : { scope: access.scope }),
        }
      : { exp: Math.min(inSeconds(session.idleExpiresAt), inSeconds(session.expiresAt)) }),
  };
}

/** The session behind an access or refresh token, dead or alive; the hint of RFC 7009 is not needed to tell them apart. */
async function findSession(call: Call, token: string): Promise<SessionRecord | undefined> {
  const { accessTokens, sessions } = call.container;
  const access = await accessTokens.inspect(token).catch(asUndefined);
  if (access) return (await sessions.findLive(access.sessionId))?.session;
  return sessions.findByRefreshToken(token);
}

function presentOAuthTokens(tokens: IssuedTokens, client: ClientRecord, opensMe: boolean) {
  const { refresh_token, refresh_token_expires_in, ...access } = presentTokens(tokens, "body");
  const mayRefresh = client.grants.includes("refresh_token");
  // Where the audience is another one, nothing here is opened.
  const given = [...(opensMe ? [ME_SCOPE] : []), ...(tokens.tellsRoles ? [ROLES_SCOPE] : [])];
  const scope = given.length === 0 ? {} : { scope: given.join(" ") };
  return { ...access, ...scope, ...(mayRefresh ? { refresh_token, refresh_token_expires_in } : {}) };
}

async function provenKey(call: Call, client: ClientRecord, grant: ClientGrant): Promise<string | null> {
  // As at sign-in by password: a browser has no session but a bound one.
  const isBrowsersSignIn = grant !== "refresh_token" && call.isFromBrowser();
  const mustProve = client.requiresBinding || call.container.environment.requiresBinding || isBrowsersSignIn;
  return mustProve ? call.requireKeyThumbprint() : call.keyThumbprint();
}

function grantOf(form: FormFields): ClientGrant {
  switch (requireField(form, "grant_type")) {
    case DEVICE_CODE_GRANT:
      return "device_code";
    case "refresh_token":
    case "client_credentials":
      return form.grant_type as ClientGrant;
    default:
      throw new DomainError("unsupported_grant_type");
  }
}

function requireGrant(client: ClientRecord, grant: ClientGrant): void {
  if (!client.grants.includes(grant)) throw new DomainError("unauthorized_client");
}

/** RFC 6749 section 3.3: scopes we do not have are left out, and the answer says what was given. */
function readScope(scope: string | undefined): readonly string[] {
  if (scope === undefined) return [];
  const isWellFormed = /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope);
  if (!isWellFormed) throw new DomainError("invalid_scope");
  return scope.split(" ");
}

/** RFC 6749 section 3.2: a parameter without a value counts as left out. */
async function readOAuthForm(call: Call): Promise<FormFields> {
  const { form, value } = await readBody(call.request);
  if (form) return Object.fromEntries(Object.entries(form).filter(([, text]) => text !== ""));
  // Nothing at all is an empty form: who authenticates in the header may have nothing else to say.
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  if (!isEmpty) throw new DomainError("invalid_request", { field: "body", message: "Send a form." });
  return {};
}

/** Of any length: a token or code that is longer than ours ever are is one that is not known here, and no fault of form. */
function requireField(form: FormFields, name: string): string {
  const value = form[name];
  if (value) return value;
  throw new DomainError("invalid_request", {
    field: name,
    message: `The field ${name} is missing or not valid.`,
  });
}

/** RFC 6749 section 5.2: however a grant died, it is `invalid_grant`. */
async function asGrantErrors<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (isDomainError(cause) && isDead(cause.code)) {
      throw new DomainError("invalid_grant", {}, { cause });
    }
    throw cause;
  }
}

/** A token that is refused is no token; a fault of ours is one still. */
function asUndefined(error: unknown): undefined {
  if (isDomainError(error) && isDead(error.code)) return undefined;
  throw error;
}
