/**
 * What the service does, once: both faces call these. Each takes the call and an input that was checked, and answers in
 * the terms of the wire.
 */
import type {
  LoginInput,
  MeOutput,
  Notice,
  SessionListItem,
  TicketOutput,
  TokenOutput,
} from "../contract/schemas";
import { FIRST_PARTY_CLIENT_ID } from "../modules/clients";
import { DomainError, isDomainError } from "../modules/domain-error";
import { type IssuedTokens, requireSettingsOpen, STEP_UP_LIFETIME_IN_SECONDS } from "../modules/sessions";
import { clearCookies, readCookieToken, saveCookies } from "./call-cookies";
import { requireCookieSupport } from "./cookies";
import type { Call } from "./http/call";
import { inSeconds, presentMe, presentNotice, presentSessionListItem, presentTokens } from "./present";

type PasswordChange = { t: string; credentials: string } | { old_password: string; new_password: string };
type StepUp = { t: string; credentials: string } | { password: string };

export function serverTime(call: Call): { server_time: number } {
  return { server_time: inSeconds(call.container.clock.now()) };
}

export async function getTicket(call: Call): Promise<TicketOutput> {
  return call.container.signIn.getTicket(await call.caller());
}

export async function login(call: Call, input: LoginInput): Promise<TokenOutput> {
  const { environment, signIn } = call.container;
  const mustProve = input.delivery === "cookie" || environment.requiresBinding || call.isFromBrowser();
  if (mustProve) await call.requireKeyThumbprint();
  requireDeliverable(call, input.delivery ?? "body");
  return deliver(call, await signIn.login(input, await call.caller()), input.delivery ?? "body");
}

/** By the token in the body, or else by the one in the sealed cookie, which always takes a proof. */
export async function refresh(
  call: Call,
  input: { refresh_token?: string | undefined },
): Promise<TokenOutput> {
  const { refreshToken, delivery } = await findRefreshToken(call, input);
  if (!refreshToken) throw new DomainError("invalid_token");
  try {
    const { sessions } = call.container;
    const tokens = await sessions.refresh(refreshToken, {
      clientId: FIRST_PARTY_CLIENT_ID,
      keyThumbprint: await call.keyThumbprint(),
      address: call.address,
      carriedBy: delivery === "cookie" && call.isFromBrowser() ? "browser_cookie" : "other",
    });
    return await deliver(call, tokens, delivery);
  } catch (error) {
    await clearDeadCookies(call, error, delivery);
    throw error;
  }
}

/** Signs out by the access token or, when that is dead, by the refresh credential, to which signing out twice is no error. */
export async function logout(call: Call, input: { refresh_token?: string | undefined }): Promise<void> {
  const { sessions } = call.container;
  const principal = await call.firstPartyPrincipal().catch((error: unknown) => {
    if (isDomainError(error) && deadTokenCodes.has(error.code)) return undefined;
    throw error;
  });
  if (principal) {
    await sessions.end({ id: principal.session.id, userId: principal.user.id }, "signed_out");
  } else {
    const { refreshToken, delivery } = await findRefreshToken(call, input);
    // Nothing to go by: what was wrong with the access token is the answer.
    if (!refreshToken) return void (await call.firstPartyPrincipal());
    try {
      await sessions.endByRefreshToken(refreshToken, await call.keyThumbprint());
    } catch (error) {
      await clearDeadCookies(call, error, delivery);
      throw error;
    }
  }
  await clearCookies(call);
}

export async function me(call: Call): Promise<MeOutput> {
  return presentMe(await call.principal());
}

export async function listSessions(call: Call): Promise<{ sessions: SessionListItem[] }> {
  const { user, session } = await call.firstPartyPrincipal();
  const live = await call.container.sessions.listLive(user.id);
  const items = live.map((item) => presentSessionListItem(item, session.id));
  return { sessions: items.sort((a, b) => Number(b.current) - Number(a.current)) };
}

export async function revokeSession(call: Call, sessionId: string): Promise<void> {
  const { session } = await call.firstPartyPrincipal();
  await call.container.sessions.revoke(session, sessionId);
}

export async function revokeOtherSessions(call: Call): Promise<{ revoked: number }> {
  const { session } = await call.firstPartyPrincipal();
  return { revoked: await call.container.sessions.revokeOthers(session) };
}

export async function changePassword(call: Call, input: PasswordChange): Promise<void> {
  const principal = await call.firstPartyPrincipal();
  requireSettingsOpen(principal.session, call.container.clock.now());
  await call.container.signIn.changePassword(input, principal, await call.caller());
}

export async function stepUp(call: Call, input: StepUp): Promise<{ expires_in: number }> {
  await call.container.signIn.stepUp(input, await call.firstPartyPrincipal(), await call.caller());
  return { expires_in: STEP_UP_LIFETIME_IN_SECONDS };
}

/** What happened to the account lately that its owner should see, newest first. */
export async function listNotices(call: Call): Promise<{ notices: Notice[] }> {
  const notices = await call.container.notices.listFor(await call.firstPartyPrincipal());
  return { notices: notices.map(presentNotice) };
}

export async function acknowledgeNotice(call: Call, noticeId: string): Promise<void> {
  await call.container.notices.acknowledge(await call.firstPartyPrincipal(), noticeId);
}

/** The codes with which an access token is dead, so that a refresh credential may speak in its place. */
const deadTokenCodes: ReadonlySet<string> = new Set(["invalid_token", "token_expired", "session_revoked"]);

/** With these a refresh credential is of no use to this browser any more. A key that was lost does not come back. */
const deadCookieCodes: ReadonlySet<string> = new Set([
  ...deadTokenCodes,
  "refresh_token_reused",
  "device_mismatch",
]);

/** @throws DomainError `invalid_request` where there is no cookie delivery */
export function requireDeliverable(call: Call, delivery: "body" | "cookie"): void {
  if (delivery === "cookie") requireCookieSupport(call.container.environment);
}

/** Hands over new tokens: the refresh token in the body, or in a sealed cookie. */
export async function deliver(
  call: Call,
  tokens: IssuedTokens,
  delivery: "body" | "cookie",
): Promise<TokenOutput> {
  if (delivery === "cookie") await saveCookies(call, tokens);
  return presentTokens(tokens, delivery);
}

async function findRefreshToken(
  call: Call,
  input: { refresh_token?: string | undefined },
): Promise<{ refreshToken: string | undefined; delivery: "body" | "cookie" }> {
  if (input.refresh_token !== undefined) return { refreshToken: input.refresh_token, delivery: "body" };
  return { refreshToken: await readCookieToken(call), delivery: "cookie" };
}

/** A cookie whose session is over would only be tried again. */
async function clearDeadCookies(call: Call, error: unknown, delivery: "body" | "cookie"): Promise<void> {
  if (delivery === "cookie" && isDomainError(error) && deadCookieCodes.has(error.code)) {
    await clearCookies(call);
  }
}
