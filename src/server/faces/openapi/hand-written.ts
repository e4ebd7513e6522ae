import { z } from "zod";
import type { Description } from "./description";

/** Pictures, streams and documents: what no operation describes. */
export const handWrittenDescriptions: readonly Description[] = [
  {
    method: "GET",
    path: "/api/auth/captcha",
    group: "Sign-in",
    summary: "The picture of a captcha; asking again draws a new one",
    access: "open",
    parameters: [
      {
        name: "id",
        in: "query",
        required: true,
        description: "The captcha's id, from the ticket or from a refusal.",
      },
    ],
    success: { status: 200, description: "The picture.", contentType: "image/png" },
    refusals: ["invalid_request", "not_found", "too_many_attempts"],
  },
  {
    method: "GET",
    path: "/api/auth/qr/{qr_id}/events",
    group: "QR code",
    summary: "The state and its changes, as Server-Sent Events `status`; ends after the last",
    access: "watch",
    parameters: [{ name: "qr_id", in: "path", required: true, description: "The id in the QR code." }],
    success: {
      status: 200,
      description: "Each event's data is a state, as `/status` answers.",
      contentType: "text/event-stream",
    },
    refusals: ["invalid_token", "qr_not_found", "too_many_attempts"],
  },
  {
    method: "GET",
    path: "/.well-known/jwks.json",
    group: "Service",
    summary: "The public keys of access tokens (RFC 7517)",
    access: "open",
    success: {
      status: 200,
      description: "The key set.",
      schema: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }),
    },
    refusals: [],
  },
  {
    method: "GET",
    path: "/.well-known/webauthn",
    group: "Service",
    summary: "The origins whose pages may use the passkeys of this host (WebAuthn Level 3)",
    access: "open",
    success: {
      status: 200,
      description: "The origins.",
      schema: z.object({ origins: z.array(z.string()) }),
    },
    refusals: [],
  },
  {
    method: "GET",
    path: "/.well-known/passkey-endpoints",
    group: "Service",
    summary: "The pages that make and delete passkeys, for password managers",
    access: "open",
    success: {
      status: 200,
      description: "The addresses of the pages.",
      schema: z.object({ enroll: z.string().optional(), manage: z.string().optional() }),
    },
    refusals: [],
  },
  {
    method: "GET",
    path: "/.well-known/change-password",
    group: "Service",
    summary: "Leads to the page that changes the password, for password managers",
    access: "open",
    success: { status: 302, description: "`location` is the page." },
    refusals: [],
  },
  {
    method: "GET",
    path: "/api/openapi.json",
    group: "Service",
    summary: "This document",
    access: "open",
    success: {
      status: 200,
      description: "OpenAPI 3.1.",
      schema: z.object({ openapi: z.string() }).catchall(z.unknown()),
    },
    refusals: [],
  },
];
