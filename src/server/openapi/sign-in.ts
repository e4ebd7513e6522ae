import { z } from "zod";
import * as shapes from "../../contract/schemas";
import { healthOutput } from "../health";
import { type Description, type Parameter, tokenRefusals } from "./description";

const captchaId: Parameter = {
  name: "id",
  in: "query",
  required: true,
  description: "The captcha's id, from the ticket or from a refusal.",
};

const powChallenge = z.object({
  parameters: z.record(z.string(), z.unknown()),
  signature: z.string().optional(),
});
const jwks = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

/** The service itself, signing in with a password, and the session that comes of it. */
export const signInDescriptions: readonly Description[] = [
  {
    method: "GET",
    path: "/api/health",
    group: "Service",
    summary: "Whether the service is ready",
    access: "open",
    success: { status: 200, description: "It is.", schema: healthOutput },
    refusals: [],
  },
  ...(["GET", "POST"] as const).map(
    (method): Description => ({
      method,
      path: "/api/auth/server_time",
      group: "Service",
      summary: "The time, for clients whose clock is off",
      access: "open",
      success: { status: 200, description: "Seconds since the epoch.", schema: shapes.serverTimeOutput },
      refusals: [],
    }),
  ),
  {
    method: "GET",
    path: "/.well-known/jwks.json",
    group: "Service",
    summary: "The public keys of access tokens (RFC 7517)",
    access: "open",
    success: { status: 200, description: "The key set.", schema: jwks },
    refusals: [],
  },
  {
    method: "GET",
    path: "/api/auth/get_t",
    group: "Sign-in",
    summary: "A one-time ticket that starts a sign-in",
    access: "open",
    success: { status: 200, description: "The ticket.", schema: shapes.ticketOutput },
    refusals: ["invalid_dpop_proof", "too_many_attempts"],
  },
  {
    method: "GET",
    path: "/api/auth/captcha",
    group: "Sign-in",
    summary: "The picture of a captcha; asking again draws a new one",
    access: "open",
    parameters: [captchaId],
    success: { status: 200, description: "The picture.", contentType: "image/png" },
    refusals: ["invalid_request", "not_found", "too_many_attempts"],
  },
  {
    method: "GET",
    path: "/api/auth/captcha/pow",
    group: "Sign-in",
    summary: "The proof-of-work challenge of a captcha (altcha)",
    access: "open",
    parameters: [captchaId],
    success: { status: 200, description: "The challenge.", schema: powChallenge },
    refusals: ["invalid_request", "not_found", "too_many_attempts"],
  },
  {
    method: "POST",
    path: "/api/auth/login",
    group: "Sign-in",
    summary: "Sign in with a password",
    access: "open",
    input: shapes.loginInput,
    success: { status: 200, description: "Tokens of a new session.", schema: shapes.tokenOutput },
    refusals: [
      "invalid_request",
      "invalid_ticket",
      "captcha_required",
      "captcha_failed",
      "invalid_credentials",
      "invalid_dpop_proof",
      "too_many_attempts",
    ],
  },
  {
    method: "POST",
    path: "/api/auth/refresh-token",
    group: "Session",
    summary: "Renew both tokens",
    access: "open",
    input: shapes.refreshInput,
    success: { status: 200, description: "Both tokens, new.", schema: shapes.tokenOutput },
    refusals: ["invalid_request", ...tokenRefusals, "refresh_token_reused", "too_many_attempts"],
  },
  {
    method: "POST",
    path: "/api/auth/logout",
    group: "Session",
    summary: "End the session, by access token or by refresh credential",
    access: "token",
    input: shapes.logoutInput,
    success: { status: 204, description: "It has ended." },
    refusals: ["invalid_request", ...tokenRefusals, "forbidden"],
  },
  ...(["GET", "POST"] as const).map(
    (method): Description => ({
      method,
      path: "/api/auth/me",
      group: "Session",
      summary: "Who is signed in, and by which session",
      access: "token",
      success: { status: 200, description: "User and session.", schema: shapes.meOutput },
      refusals: ["invalid_request", ...tokenRefusals],
    }),
  ),
];
