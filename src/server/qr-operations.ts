/** Sign-in by QR code, once for both faces: the computer's half, known by its key, and the phone's, known by its session. */
import type {
  QrClaimOutput,
  QrCreateOutput,
  QrScanInput,
  QrScanOutput,
  QrStatusOutput,
} from "../contract/qr";
import type { TokenOutput } from "../contract/schemas";
import { FIRST_PARTY_CLIENT_ID } from "../modules/clients";
import { type Computer, type Phone, QR_LIFETIME_IN_SECONDS, type QrLoginRecord } from "../modules/qr-login";
import type { Call } from "./http/call";
import { deliver, requireDeliverable } from "./operations";
import { presentClaim, presentNewQr, presentQrStatus, presentScan } from "./present-qr";
import { qrStatuses } from "./qr-watch";

export async function createQr(call: Call): Promise<QrCreateOutput> {
  const { qrRequests, environment } = call.container;
  const userAgent = call.request.headers.get("user-agent");
  const asked = { clientId: FIRST_PARTY_CLIENT_ID, userAgent, lifetimeInSeconds: QR_LIFETIME_IN_SECONDS };
  const created = await qrRequests.create(asked, await computerOf(call));
  return presentNewQr(created, environment.appUrl);
}

export async function qrStatus(call: Call, input: { device_code: string }): Promise<QrStatusOutput> {
  const { qrRequests, clock } = call.container;
  const row = await qrRequests.find(input.device_code, await computerOf(call));
  return presentQrStatus(row, clock.now());
}

/** The state and its changes, for the computer whose key asked for the code. */
export async function* watchQr(
  call: Call,
  input: { qr_id: string },
  signal: AbortSignal | undefined,
): AsyncGenerator<QrStatusOutput> {
  const { keyThumbprint } = await computerOf(call);
  const { qrRequests, qrWatch } = call.container;
  await qrRequests.findToWatch(input.qr_id, { keyThumbprint });
  yield* qrStatuses(qrWatch, input.qr_id, signal);
}

export async function redeemQr(
  call: Call,
  input: { device_code: string; delivery?: "body" | "cookie" | undefined },
): Promise<TokenOutput> {
  const delivery = input.delivery ?? "body";
  requireDeliverable(call, delivery);
  const computer = await computerOf(call);
  const { qrRedemptions } = call.container;
  const tokens = await qrRedemptions.redeem(input.device_code, FIRST_PARTY_CLIENT_ID, computer);
  return deliver(call, tokens, delivery);
}

export async function cancelQr(call: Call, input: { device_code: string }): Promise<void> {
  await call.container.qrRequests.cancel(input.device_code, await computerOf(call));
}

export async function enterQrCode(call: Call, input: { device_code: string; code: string }): Promise<void> {
  await call.container.qrRequests.enterCode(input.device_code, input.code, await computerOf(call));
}

export async function scanQr(call: Call, input: QrScanInput): Promise<QrScanOutput> {
  const { qrClaims, clients, clock } = call.container;
  const request = await qrClaims.scan(input, await phoneOf(call));
  return presentScan(request, await clients.nameOf(request.row.clientId), clock.now());
}

export async function confirmQr(call: Call, input: { ticket: string }): Promise<void> {
  await call.container.qrClaims.confirm(input.ticket, await phoneOf(call));
}

export async function denyQr(call: Call, input: { ticket: string }): Promise<void> {
  await call.container.qrClaims.deny(input.ticket, await phoneOf(call));
}

export async function extendQr(call: Call, input: { ticket: string }): Promise<QrClaimOutput> {
  return describeClaim(call, await call.container.qrClaims.extend(input.ticket, await phoneOf(call)));
}

/** What became of a request that this session has scanned. */
export async function readQrClaim(call: Call, input: { qr_id: string }): Promise<QrClaimOutput> {
  return describeClaim(call, await call.container.qrClaims.find(input.qr_id, await phoneOf(call)));
}

async function describeClaim(call: Call, row: QrLoginRecord): Promise<QrClaimOutput> {
  const { sessions, clock } = call.container;
  const isThere = row.sessionId !== null && (await sessions.findLive(row.sessionId)) !== undefined;
  return presentClaim(row, isThere, clock.now());
}

/** The computer is whoever holds the key: without a proof there is nobody to give tokens to. */
async function computerOf(call: Call): Promise<Computer & { keyThumbprint: string }> {
  const { address, network } = call;
  return { keyThumbprint: await call.requireKeyThumbprint(), address, network };
}

async function phoneOf(call: Call): Promise<Phone> {
  return call.container.qrClaims.phoneOf(await call.firstPartyPrincipal(), call);
}
