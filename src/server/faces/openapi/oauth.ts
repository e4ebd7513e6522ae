import { z } from "zod";
import { tokenOutput } from "../../../contract/schemas";
import type { Description } from "./description";

const form = ["application/x-www-form-urlencoded"] as const;
const client = {
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  client_assertion_type: z.literal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer").optional(),
  client_assertion: z.string().optional(),
};
const metadata = z.object({ issuer: z.string() }).catchall(z.unknown());
const deviceAuthorization = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string(),
  expires_in: z.number(),
  interval: z.number(),
});
const introspection = z.union([
  z.object({ active: z.literal(false) }),
  z
    .object({ active: z.literal(true), sub: z.string(), client_id: z.string(), exp: z.number() })
    .catchall(z.unknown()),
]);

/** For registered clients: device authorization, tokens, revocation, introspection. */
export const oauthDescriptions: readonly Description[] = [
  {
    method: "GET",
    path: "/.well-known/oauth-authorization-server",
    group: "OAuth",
    summary: "Metadata (RFC 8414)",
    access: "open",
    success: { status: 200, description: "The metadata.", schema: metadata },
    refusals: [],
  },
  {
    method: "POST",
    path: "/oauth/device_authorization",
    group: "OAuth",
    summary: "Device authorization (RFC 8628)",
    access: "client",
    input: z.object({ ...client, scope: z.string().optional() }),
    inputTypes: form,
    success: { status: 200, description: "The codes.", schema: deviceAuthorization },
    refusals: [
      "invalid_request",
      "invalid_scope",
      "unauthorized_client",
      "invalid_client",
      "too_many_attempts",
    ],
  },
  {
    method: "POST",
    path: "/oauth/token",
    group: "OAuth",
    summary: "Tokens for a device code, a refresh token or the client itself (RFC 6749, RFC 7523, RFC 9449)",
    access: "client",
    input: z.object({
      ...client,
      grant_type: z.enum([
        "urn:ietf:params:oauth:grant-type:device_code",
        "refresh_token",
        "client_credentials",
      ]),
      device_code: z.string().optional(),
      refresh_token: z.string().optional(),
      scope: z.string().optional(),
    }),
    inputTypes: form,
    success: {
      status: 200,
      description: "The tokens.",
      schema: tokenOutput
        .partial({ refresh_token_expires_in: true, session_id: true })
        .extend({ scope: z.string().optional() }),
    },
    refusals: [
      "invalid_request",
      "authorization_pending",
      "slow_down",
      "access_denied",
      "expired_token",
      "invalid_grant",
      "invalid_scope",
      "unsupported_grant_type",
      "unauthorized_client",
      "invalid_dpop_proof",
      "use_dpop_nonce",
      "invalid_client",
      "too_many_attempts",
    ],
  },
  {
    method: "POST",
    path: "/oauth/revoke",
    group: "OAuth",
    summary: "Revocation (RFC 7009)",
    access: "client",
    input: z.object({ ...client, token: z.string(), token_type_hint: z.string().optional() }),
    inputTypes: form,
    success: { status: 200, description: "It is dead, or never was." },
    refusals: ["invalid_request", "invalid_grant", "unsupported_token_type", "invalid_client"],
  },
  {
    method: "POST",
    path: "/oauth/introspect",
    group: "OAuth",
    summary: "Introspection (RFC 7662), for confidential clients",
    access: "client",
    input: z.object({ ...client, token: z.string(), token_type_hint: z.string().optional() }),
    inputTypes: form,
    success: { status: 200, description: "What the token is.", schema: introspection },
    refusals: ["invalid_request", "invalid_client"],
  },
];
