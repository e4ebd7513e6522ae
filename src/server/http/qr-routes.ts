/** The plain face of sign-in by QR code. */
import { qrCodeInput, qrDeviceCodeInput, qrScanInput, qrTicketInput, qrTokenInput } from "../../contract/qr";
import { DomainError } from "../../modules/domain-error";
import * as operations from "../qr-operations";
import type { Call } from "./call";
import { eventStream } from "./event-stream";
import { parseInput, readBody, readForm } from "./read-body";
import { json, noContent } from "./responses";
import type { Route } from "./routes";

export const qrRoutes: Readonly<Record<string, Route>> = {
  "/api/auth/qr": { methods: { POST: create } },
  "/api/auth/qr/status": { methods: { POST: status } },
  "/api/auth/qr/token": { methods: { POST: token } },
  "/api/auth/qr/cancel": { methods: { POST: cancel } },
  "/api/auth/qr/code": { methods: { POST: code } },
  "/api/auth/qr/scan": { methods: { POST: scan } },
  "/api/auth/qr/confirm": { methods: { POST: confirm } },
  "/api/auth/qr/deny": { methods: { POST: deny } },
  "/api/auth/qr/extend": { methods: { POST: extend } },
  "/api/auth/qr/*": { methods: { GET: claim } },
  "/api/auth/qr/*/events": { methods: { GET: events } },
};

async function create(call: Call): Promise<Response> {
  return json(await operations.createQr(call), 201);
}

async function status(call: Call): Promise<Response> {
  const { value } = await readBody(call.request);
  return json(await operations.qrStatus(call, parseInput(qrDeviceCodeInput, value)));
}

async function token(call: Call): Promise<Response> {
  const { value } = await readBody(call.request);
  return json(await operations.redeemQr(call, parseInput(qrTokenInput, value)));
}

async function cancel(call: Call): Promise<Response> {
  const { value } = await readBody(call.request);
  await operations.cancelQr(call, parseInput(qrDeviceCodeInput, value));
  return noContent();
}

async function code(call: Call): Promise<Response> {
  const { value } = await readBody(call.request);
  await operations.enterQrCode(call, parseInput(qrCodeInput, value));
  return noContent();
}

async function scan(call: Call): Promise<Response> {
  const value = await readForm(call);
  await call.firstPartyPrincipal();
  return json(await operations.scanQr(call, parseInput(qrScanInput, value)));
}

async function confirm(call: Call): Promise<Response> {
  const value = await readForm(call);
  await call.firstPartyPrincipal();
  await operations.confirmQr(call, parseInput(qrTicketInput, value));
  return noContent();
}

async function deny(call: Call): Promise<Response> {
  const value = await readForm(call);
  await call.firstPartyPrincipal();
  await operations.denyQr(call, parseInput(qrTicketInput, value));
  return noContent();
}

async function extend(call: Call): Promise<Response> {
  const value = await readForm(call);
  await call.firstPartyPrincipal();
  return json(await operations.extendQr(call, parseInput(qrTicketInput, value)));
}

async function claim(call: Call, qrId: string): Promise<Response> {
  return json(await operations.readQrClaim(call, { qr_id: qrId }));
}

/** The state and its changes, for whoever has the watch token; it can do nothing else. */
async function events(call: Call, qrId: string): Promise<Response> {
  const { qrRequests, qrWatch, streams } = call.container;
  const [, watchToken] =
    /^Watch ([\w-]{1,128})$/i.exec(call.request.headers.get("authorization") ?? "") ?? [];
  if (watchToken === undefined) throw new DomainError("invalid_token");
  await qrRequests.findToWatch(qrId, { watchToken });
  qrWatch.requireRoom(qrId);
  return eventStream(streams, (sink) =>
    qrWatch.watch(qrId, { next: (state) => sink.send("status", state), end: () => sink.end() }),
  );
}
