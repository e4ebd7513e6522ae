import { FIRST_PARTY_CLIENT_ID } from "../../modules/clients";
import { DomainError, isDomainError } from "../../modules/domain-error";
import type { Principal } from "../../modules/sessions";
import { readViewCookie } from "../cookies";
import type { Call } from "./call";

/**
 * Whether a reverse proxy may let a request through (nginx `auth_request` and its like): 200 with headers that say who
 * sent it, or 401. By an access token or, where the request carries none, by the browser's `view` cookie, which lives as
 * long as an access token and is renewed by the pages of this service only.
 *
 * DANGER: the `view` cookie proves no key. A copy of it passes here until it ends, ACCESS_TOKEN_LIFETIME at the most.
 *
 * DANGER: the proxy must drop headers of these names from clients, and pass on no answer of its own making as ours.
 */
export async function verifyForProxy(call: Call): Promise<Response> {
  const { user, session } = hasToken(call) ? await bearer(call) : await viewer(call);
  return new Response(null, {
    status: 200,
    headers: {
      "remote-user": asHeader(user.username),
      "remote-name": asHeader(user.displayName),
      "remote-groups": user.roles.map(asHeader).join(","),
      "x-countersign-user-id": user.id,
      "x-countersign-session-id": session.id,
    },
  });
}

/** Proxies take 401 for a refusal and 400 for a fault of ours, so a request that says two things has said nothing. */
function hasToken(call: Call): boolean {
  try {
    return call.findToken() !== undefined;
  } catch (cause) {
    if (isDomainError(cause) && cause.code === "invalid_request") {
      throw new DomainError("invalid_token", {}, { cause });
    }
    throw cause;
  }
}

/** A registered client's token lets that client in elsewhere; here it stands for nobody. */
async function bearer(call: Call): Promise<Principal> {
  const principal = await call.principal();
  if (principal.session.clientId !== FIRST_PARTY_CLIENT_ID) throw new DomainError("invalid_token");
  return principal;
}

async function viewer(call: Call): Promise<Principal> {
  const sessionId = await readViewCookie(call.container, call.request);
  if (sessionId === undefined) throw new DomainError("invalid_token");
  const principal = await call.container.sessions.findLive(sessionId);
  if (!principal) throw new DomainError("session_revoked");
  return principal;
}

/** Header values are ASCII: everything else, and what could end or split one, stands percent-encoded as UTF-8. */
function asHeader(text: string): string {
  // By way of UTF-8, in which there are no half characters to fail on.
  const whole = Buffer.from(text).toString();
  return whole.replace(/[^\x21-\x24\x26-\x2b\x2d-\x7e]+/gu, encodeURIComponent);
}
