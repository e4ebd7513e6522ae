/** Sign-in by QR code: the computer's half, known by its key, and the phone's, known by its session. */
import {
  qrClaimOutput,
  qrCodeInput,
  qrConfirmInput,
  qrCreateInput,
  qrCreateOutput,
  qrDeviceCodeInput,
  qrIdInput,
  qrScanInput,
  qrScanOutput,
  qrStatusOutput,
  qrTicketInput,
  qrTokenInput,
} from "../../contract/qr";
import { tokenOutput } from "../../contract/schemas";
import { FIRST_PARTY_CLIENT_ID } from "../../modules/clients";
import {
  type Computer,
  type Phone,
  QR_LIFETIME_IN_SECONDS,
  type QrLoginRecord,
} from "../../modules/qr-login";
import type { Principal } from "../../modules/sessions";
import type { Container } from "../composition/container";
import { type Caller, originOf } from "../request/caller";
import { key, session } from "./access";
import { deliver } from "./deliver";
import { mutation, query } from "./endpoint";
import { askerOf, presentClaim, presentNewQr, presentQrStatus, presentScan } from "./present-qr";

const ofComputer = { access: key, group: "QR code" } as const;
const ofPhone = { access: session, group: "QR code" } as const;
const computerRefusals = ["device_mismatch", "qr_not_found"] as const;
const answerRefusals = [
  "invalid_ticket",
  "access_denied",
  "expired_token",
  "ticket_used",
  "step_up_required",
] as const;

export const create = mutation({
  ...ofComputer,
  address: "POST /api/auth/qr",
  summary: "The computer asks for a code",
  answers: "The code and its secrets.",
  status: 201,
  refusals: ["invalid_client", "too_many_attempts"],
  input: qrCreateInput,
  output: qrCreateOutput,
  async run({ services: { clients, qrRequests, approvals, environment }, caller, keyThumbprint, input }) {
    const { userAgent, origin } = caller;
    const id = input?.client_id;
    const asked = {
      clientId: FIRST_PARTY_CLIENT_ID,
      applicationId: id === undefined ? null : (await clients.requireApplication(id, origin)).id,
      userAgent,
      lifetimeInSeconds: QR_LIFETIME_IN_SECONDS,
    };
    const created = await qrRequests.create(asked, computerOf(caller, keyThumbprint));
    return presentNewQr(created, environment.appUrl, await approvals.isKnown(created.row));
  },
});

export const status = mutation({
  ...ofComputer,
  address: "POST /api/auth/qr/status",
  summary: "The computer asks how its request stands",
  answers: "The state.",
  refusals: computerRefusals,
  input: qrDeviceCodeInput,
  output: qrStatusOutput,
  async run({ services: { qrRequests, clock }, caller, keyThumbprint, input }) {
    const row = await qrRequests.find(input.device_code, computerOf(caller, keyThumbprint));
    return presentQrStatus(row, clock.now());
  },
});

export const redeem = mutation({
  ...ofComputer,
  address: "POST /api/auth/qr/token",
  summary: "The computer redeems an approved request, once",
  answers: "Tokens of a session of its own.",
  refusals: [
    "authorization_pending",
    "slow_down",
    "access_denied",
    "expired_token",
    "invalid_grant",
    "device_mismatch",
  ],
  input: qrTokenInput,
  output: tokenOutput,
  async run({ services: { qrRedemptions }, caller, keyThumbprint, input }) {
    const { device_code, delivery = "body" } = input;
    if (delivery === "cookie") caller.tokenCookies.requireSupport();
    const computer = { ...computerOf(caller, keyThumbprint), ...originOf(caller) };
    return deliver(
      caller,
      await qrRedemptions.redeem(device_code, FIRST_PARTY_CLIENT_ID, computer),
      delivery,
    );
  },
});

export const cancel = mutation({
  ...ofComputer,
  address: "POST /api/auth/qr/cancel",
  summary: "The computer gives its request up",
  answers: "It is cancelled.",
  refusals: ["expired_token", ...computerRefusals, "ticket_used"],
  input: qrDeviceCodeInput,
  async run({ services, caller, keyThumbprint, input }) {
    await services.qrRequests.cancel(input.device_code, computerOf(caller, keyThumbprint));
  },
});

export const enterCode = mutation({
  ...ofComputer,
  address: "POST /api/auth/qr/code",
  summary: "The computer enters the six digits that the phone shows",
  answers: "They are right.",
  refusals: ["code_mismatch", "access_denied", "expired_token", ...computerRefusals, "too_many_attempts"],
  input: qrCodeInput,
  async run({ services, caller, keyThumbprint, input }) {
    await services.qrRequests.enterCode(input.device_code, input.code, computerOf(caller, keyThumbprint));
  },
});

export const scan = mutation({
  ...ofPhone,
  address: "POST /api/auth/qr/scan",
  summary: "The phone claims a request, by its id or by the typed code",
  answers: "Who asks, and the temporary token.",
  refusals: [
    "access_denied",
    "expired_token",
    "step_up_required",
    "qr_not_found",
    "qr_already_claimed",
    "ticket_used",
    "too_many_attempts",
    "unknown_device",
  ],
  input: qrScanInput,
  output: qrScanOutput,
  async run({ services, caller, input, ...principal }) {
    const { qrClaims, clients, clock } = services;
    const request = await qrClaims.scan(input, phoneOf(services, caller, principal));
    return presentScan(request, await clients.nameOf(askerOf(request.row)), clock.now());
  },
});

export const confirm = mutation({
  ...ofPhone,
  address: "POST /api/auth/qr/confirm",
  summary: "The phone approves",
  answers: "The computer may redeem.",
  refusals: [
    ...answerRefusals,
    "code_required",
    "unknown_device",
    "user_verification_required",
    "invalid_passkey",
  ],
  input: qrConfirmInput,
  async run({ services, caller, input, ...principal }) {
    const { ticket, passkey } = input;
    await services.qrClaims.confirm(ticket, phoneOf(services, caller, principal), passkey);
  },
});

export const deny = mutation({
  ...ofPhone,
  address: "POST /api/auth/qr/deny",
  summary: "The phone declines",
  answers: "Nobody is signed in.",
  refusals: answerRefusals,
  input: qrTicketInput,
  async run({ services, caller, input, ...principal }) {
    await services.qrClaims.deny(input.ticket, phoneOf(services, caller, principal));
  },
});

export const extend = mutation({
  ...ofPhone,
  address: "POST /api/auth/qr/extend",
  summary: "The phone asks for another minute, once",
  answers: "How the request stands.",
  refusals: answerRefusals,
  input: qrTicketInput,
  output: qrClaimOutput,
  async run({ services, caller, input, ...principal }) {
    const row = await services.qrClaims.extend(input.ticket, phoneOf(services, caller, principal));
    return describeClaim(services, row);
  },
});

export const claim = query({
  ...ofPhone,
  address: "GET /api/auth/qr/{qr_id}",
  summary: "The phone asks what became of a request that it claimed",
  parameters: [{ name: "qr_id", in: "path", required: true, description: "The id in the QR code." }],
  answers: "How it stands.",
  refusals: ["step_up_required", "qr_not_found"],
  input: qrIdInput,
  output: qrClaimOutput,
  async run({ services, caller, input, ...principal }) {
    const row = await services.qrClaims.find(input.qr_id, phoneOf(services, caller, principal));
    return describeClaim(services, row);
  },
});

async function describeClaim({ sessions, clock }: Container, row: QrLoginRecord) {
  const isThere = row.sessionId !== null && (await sessions.findLive(row.sessionId)) !== undefined;
  return presentClaim(row, isThere, clock.now());
}

/** The computer is the one that holds the key. */
function computerOf(
  { address, network }: Caller,
  keyThumbprint: string,
): Computer & { keyThumbprint: string } {
  return { keyThumbprint, address, network };
}

function phoneOf({ qrClaims }: Container, caller: Caller, principal: Principal): Phone {
  return qrClaims.phoneOf(principal, caller);
}
