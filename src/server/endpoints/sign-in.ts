import { z } from "zod";
import { isDead } from "../../contract/errors";
import {
  loginInput,
  logoutInput,
  meOutput,
  refreshInput,
  ticketOutput,
  tokenOutput,
} from "../../contract/schemas";
import { FIRST_PARTY_CLIENT_ID } from "../../modules/clients";
import { DomainError, isDomainError } from "../../modules/domain-error";
import { type Caller, callerOf, originOf } from "../request/caller";
import { anySession, open, sessionIfAlive, tokenRefusals } from "./access";
import { deliver, requireDeliverable } from "./deliver";
import { mutation, query } from "./endpoint";
import { presentMe } from "./present";

// A mutation, because every call makes a new ticket.
export const ticket = mutation({
  address: "GET /api/auth/get_t",
  access: open,
  group: "Sign-in",
  summary: "A one-time ticket that starts a sign-in",
  answers: "The ticket.",
  refusals: ["invalid_dpop_proof", "too_many_attempts"],
  output: ticketOutput,
  run: async ({ services, caller }) => services.signIn.getTicket(await callerOf(caller)),
});

export const captchaChallenge = query({
  address: "GET /api/auth/captcha/pow",
  access: open,
  group: "Sign-in",
  summary: "The proof-of-work challenge of a captcha (altcha)",
  parameters: [
    {
      name: "id",
      in: "query",
      required: true,
      description: "The captcha's id, from the ticket or from a refusal.",
    },
  ],
  answers: "The challenge.",
  refusals: ["not_found", "too_many_attempts"],
  input: z.object({ id: z.string().min(1).max(64) }),
  output: z.object({ parameters: z.record(z.string(), z.unknown()), signature: z.string().optional() }),
  run: async ({ services, caller, input }) => {
    const { parameters, signature } = await services.captcha.challenge(input.id, caller.address);
    return { parameters: { ...parameters }, ...(signature === undefined ? {} : { signature }) };
  },
});

export const login = mutation({
  address: "POST /api/auth/login",
  access: open,
  group: "Sign-in",
  summary: "Sign in with a password or a passkey",
  answers: "Tokens of a new session.",
  refusals: [
    "invalid_ticket",
    "captcha_required",
    "captcha_failed",
    "invalid_credentials",
    "invalid_client",
    "invalid_passkey",
    "second_factor_required",
    "deletion_pending",
    "invalid_dpop_proof",
    "too_many_attempts",
  ],
  input: loginInput,
  output: tokenOutput,
  async run({ services: { environment, clients, signIn }, caller, input }) {
    const delivery = input.delivery ?? "body";
    await requireDeliverable(caller, environment, delivery);
    const { client_id: id } = input;
    const client = id === undefined ? null : await clients.requireApplication(id, caller.origin);
    const application = client && { id: client.id, name: client.name, since: client.createdAt };
    return deliver(caller, await signIn.login(input, await callerOf(caller), application), delivery);
  },
});

/** By the token in the body, or else by the one in the sealed cookie, which always takes a proof. */
export const refresh = mutation({
  address: "POST /api/auth/refresh-token",
  access: open,
  group: "Session",
  summary: "Renew both tokens",
  answers: "Both tokens, new.",
  refusals: [...tokenRefusals, "refresh_token_reused", "too_many_attempts"],
  input: refreshInput,
  output: tokenOutput,
  async run({ services: { sessions }, caller, input }) {
    const { refreshToken, delivery } = await findRefreshToken(caller, input);
    if (!refreshToken) throw new DomainError("invalid_token");
    return clearingDeadCookies(caller, delivery, async () => {
      const tokens = await sessions.refresh(refreshToken, {
        clientId: FIRST_PARTY_CLIENT_ID,
        keyThumbprint: await caller.keyThumbprint(),
        address: caller.address,
        userAgent: caller.userAgent,
        carriedBy: delivery === "cookie" && caller.isFromBrowser() ? "browser_cookie" : "other",
      });
      return deliver(caller, tokens, delivery);
    });
  },
});

/** By the access token or, when that is dead, by the refresh credential, to which signing out twice is no error. */
export const logout = mutation({
  address: "POST /api/auth/logout",
  access: sessionIfAlive,
  group: "Session",
  summary: "End the session, by access token or by refresh credential",
  answers: "It has ended.",
  input: logoutInput,
  async run({ services: { sessions }, caller, input, principal }) {
    if (principal) {
      const { user, session } = principal;
      const by = { actor: "session", sessionId: session.id, ...originOf(caller) } as const;
      await sessions.end({ id: session.id, userId: user.id }, "signed_out", by);
    } else {
      const { refreshToken, delivery } = await findRefreshToken(caller, input);
      // Nothing to go by: what was wrong with the access token is the answer.
      if (!refreshToken) return void (await caller.firstPartyPrincipal());
      await clearingDeadCookies(caller, delivery, async () =>
        sessions.endByRefreshToken(refreshToken, await caller.keyThumbprint(), originOf(caller)),
      );
    }
    await caller.tokenCookies.clear();
  },
});

export const me = query({
  address: ["GET /api/auth/me", "POST /api/auth/me"],
  access: anySession,
  group: "Session",
  summary: "Who is signed in, and by which session",
  answers: "User and session.",
  refusals: ["invalid_request"],
  output: meOutput,
  run: async ({ user, session }) => presentMe({ user, session }),
});

async function findRefreshToken(
  caller: Caller,
  input: { refresh_token?: string | undefined },
): Promise<{ refreshToken: string | undefined; delivery: "body" | "cookie" }> {
  if (input.refresh_token !== undefined) return { refreshToken: input.refresh_token, delivery: "body" };
  return { refreshToken: await caller.tokenCookies.readRefreshToken(), delivery: "cookie" };
}

/** A cookie whose session is over would only be tried again. */
async function clearingDeadCookies<Result>(
  caller: Caller,
  delivery: "body" | "cookie",
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const isOver = isDomainError(error) && isDead(error.code);
    if (isOver && delivery === "cookie") await caller.tokenCookies.clear();
    throw error;
  }
}
