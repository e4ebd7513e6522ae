import * as shapes from "../../contract/qr";
import { tokenOutput } from "../../contract/schemas";
import { type Description, type Parameter, tokenRefusals } from "./description";

const qrId: Parameter = { name: "qr_id", in: "path", required: true, description: "The id in the QR code." };
const computerRefusals = ["invalid_dpop_proof", "device_mismatch", "qr_not_found"] as const;
const phoneRefusals = [...tokenRefusals, "forbidden", "step_up_required"] as const;
const answerRefusals = [
  "invalid_request",
  "invalid_ticket",
  "access_denied",
  "expired_token",
  "ticket_used",
] as const;

const post = (name: string, rest: Omit<Description, "method" | "path" | "group">): Description => ({
  method: "POST",
  path: `/api/auth/qr${name}`,
  group: "QR code",
  ...rest,
});

/** Sign-in by QR code: the computer's half, known by its key, and the phone's, known by its session. */
export const qrDescriptions: readonly Description[] = [
  post("", {
    summary: "The computer asks for a code",
    access: "proof",
    success: { status: 201, description: "The code and its secrets.", schema: shapes.qrCreateOutput },
    refusals: ["invalid_dpop_proof", "too_many_attempts"],
  }),
  post("/status", {
    summary: "The computer asks how its request stands",
    access: "proof",
    input: shapes.qrDeviceCodeInput,
    success: { status: 200, description: "The state.", schema: shapes.qrStatusOutput },
    refusals: ["invalid_request", ...computerRefusals],
  }),
  {
    method: "GET",
    path: "/api/auth/qr/{qr_id}/events",
    group: "QR code",
    summary: "The state and its changes, as Server-Sent Events `status`; ends after the last",
    access: "watch",
    parameters: [qrId],
    success: {
      status: 200,
      description: "Each event's data is a state, as `/status` answers.",
      contentType: "text/event-stream",
    },
    refusals: ["invalid_token", "qr_not_found", "too_many_attempts"],
  },
  post("/token", {
    summary: "The computer redeems an approved request, once",
    access: "proof",
    input: shapes.qrTokenInput,
    success: { status: 200, description: "Tokens of a session of its own.", schema: tokenOutput },
    refusals: [
      "invalid_request",
      "authorization_pending",
      "slow_down",
      "access_denied",
      "expired_token",
      "invalid_grant",
      "invalid_dpop_proof",
      "device_mismatch",
    ],
  }),
  post("/cancel", {
    summary: "The computer gives its request up",
    access: "proof",
    input: shapes.qrDeviceCodeInput,
    success: { status: 204, description: "It is cancelled." },
    refusals: ["invalid_request", "expired_token", ...computerRefusals, "ticket_used"],
  }),
  post("/code", {
    summary: "The computer enters the six digits that the phone shows",
    access: "proof",
    input: shapes.qrCodeInput,
    success: { status: 204, description: "They are right." },
    refusals: [
      "invalid_request",
      "code_mismatch",
      "access_denied",
      "expired_token",
      ...computerRefusals,
      "too_many_attempts",
    ],
  }),
  post("/scan", {
    summary: "The phone claims a request, by its id or by the typed code",
    access: "token",
    input: shapes.qrScanInput,
    success: { status: 200, description: "Who asks, and the temporary token.", schema: shapes.qrScanOutput },
    refusals: [
      "invalid_request",
      "access_denied",
      "expired_token",
      ...phoneRefusals,
      "qr_not_found",
      "qr_already_claimed",
      "ticket_used",
      "too_many_attempts",
    ],
  }),
  post("/confirm", {
    summary: "The phone approves",
    access: "token",
    input: shapes.qrTicketInput,
    success: { status: 204, description: "The computer may redeem." },
    refusals: [...answerRefusals, ...phoneRefusals, "code_required"],
  }),
  post("/deny", {
    summary: "The phone declines",
    access: "token",
    input: shapes.qrTicketInput,
    success: { status: 204, description: "Nobody is signed in." },
    refusals: [...answerRefusals, ...phoneRefusals],
  }),
  post("/extend", {
    summary: "The phone asks for another minute, once",
    access: "token",
    input: shapes.qrTicketInput,
    success: { status: 200, description: "How the request stands.", schema: shapes.qrClaimOutput },
    refusals: [...answerRefusals, ...phoneRefusals],
  }),
  {
    method: "GET",
    path: "/api/auth/qr/{qr_id}",
    group: "QR code",
    summary: "The phone asks what became of a request that it claimed",
    access: "token",
    parameters: [qrId],
    success: { status: 200, description: "How it stands.", schema: shapes.qrClaimOutput },
    refusals: [...phoneRefusals, "qr_not_found"],
  },
];
