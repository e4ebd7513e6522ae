"use client";

import type { QrClaimOutput, QrScanInput, QrScanOutput } from "../../../contract/qr";
import { countersign } from "../../lib/countersign";
import { createPasskeyBrowser } from "../../lib/passkey-browser";
import { type CallRefusal, refusalOf, waitOrUnavailable } from "../../lib/refusal-of";
import type { ApprovalEvent, OpenRequest, Refusal, ScanOutcome } from "./approval-state";

/** Claims the request, or asks for it again. Nothing is approved by it, and nothing is thrown. */
export async function scan(target: QrScanInput): Promise<ScanOutcome> {
  const { trpc } = countersign();
  try {
    // The service's clock says how long ago it was asked for; a phone's clock may be wrong.
    const [scanned, clock] = await Promise.all([
      trpc.qr.scan.mutate(target),
      trpc.auth.serverTime.query().catch(() => null),
    ]);
    const now = Date.now();
    if (scanned.verification && !scanned.passkey_options) return { status: "over", why: "passkey_needed" };
    return { status: "open", request: openRequest(scanned, now, clock ? clock.server_time * 1_000 : now) };
  } catch (error) {
    // An id that is none, such as one cut short when its link was copied.
    const refusal = refusalOf(error);
    return refusal.reason === "invalid_request" ? { status: "over", why: "unknown" } : outcomeOf(refusal);
  }
}

function openRequest(scanned: QrScanOutput, nowInMs: number, serverNowInMs: number): OpenRequest {
  return {
    qrId: scanned.qr_id,
    ticket: scanned.ticket,
    ticketEndsAtInMs: nowInMs + scanned.expires_in * 1_000,
    endsAtInMs: nowInMs + scanned.request_expires_in * 1_000,
    canExtend: scanned.can_extend,
    askedAtInMs: Math.min(nowInMs, scanned.request.requested_at * 1_000 + nowInMs - serverNowInMs),
    facts: scanned.request,
    confirmation: scanned.confirmation,
    code: scanned.code ?? null,
    passkey: scanned.passkey_options ?? null,
  };
}

/** What became of the request, as an event. */
export async function readClaim(qrId: string): Promise<ApprovalEvent> {
  try {
    return claimRead(await countersign().trpc.qr.claim.query({ qr_id: qrId }));
  } catch (error) {
    return { type: "refused", refusal: outcomeOf(refusalOf(error)) };
  }
}

/** Approves a request that is still as it was shown: reads it first, and sends nothing when it has changed. */
export async function sendApproval(request: OpenRequest): Promise<ApprovalEvent> {
  const before = await readClaim(request.qrId);
  if (before.type !== "claim_read" || before.claim.status !== "scanned") return before;
  if (request.confirmation === "code" && !before.claim.code_entered) {
    return { type: "refused", refusal: { status: "code_required" } };
  }
  return withTicket(request, async ({ ticket, passkey }) => {
    const asked = passkey && (await createPasskeyBrowser().ask(passkey, "dialog"));
    if (asked && asked.status !== "signed") {
      return { type: "refused", refusal: { status: `passkey_${asked.status}` } };
    }
    const proof = asked ? { passkey: asked.passkey } : {};
    await countersign().trpc.qr.confirm.mutate({ ticket, ...proof });
    return { type: "answered", answer: "approve" };
  });
}

export function sendDenial(request: OpenRequest): Promise<ApprovalEvent> {
  return withTicket(request, async ({ ticket }) => {
    await countersign().trpc.qr.deny.mutate({ ticket });
    return { type: "answered", answer: "deny" };
  });
}

/** Asks for another minute. */
export function sendExtension(request: OpenRequest): Promise<ApprovalEvent> {
  return withTicket(request, async ({ ticket }) => {
    const claim = await countersign().trpc.qr.extend.mutate({ ticket });
    return { ...claimRead(claim), type: "extended" };
  });
}

/** Signs out what was approved. A session that is gone already is as good. */
export async function revoke(sessionId: string): Promise<"revoked" | "failed"> {
  try {
    await countersign().trpc.sessions.revoke.mutate({ id: sessionId });
    return "revoked";
  } catch (error) {
    return refusalOf(error).reason === "not_found" ? "revoked" : "failed";
  }
}

type Ticket = Pick<OpenRequest, "ticket" | "passkey">;

/** A ticket lives for a minute and a request for longer: one that has run out is renewed, once. What is signed goes with it. */
async function withTicket(
  request: OpenRequest,
  send: (ticket: Ticket) => Promise<ApprovalEvent>,
): Promise<ApprovalEvent> {
  const first = await attempt(request, () => send(request));
  if (first.type !== "refused" || first.refusal.status !== "ticket_over") return first;
  const renewed = await scan({ qr_id: request.qrId });
  if (renewed.status !== "open") return { type: "refused", refusal: renewed };
  return attempt(request, () => send(renewed.request));
}

async function attempt(request: OpenRequest, send: () => Promise<ApprovalEvent>): Promise<ApprovalEvent> {
  try {
    return await send();
  } catch (error) {
    const refusal = outcomeOf(refusalOf(error));
    // An answer that got there although its echo was lost, or one given elsewhere: the request itself tells which.
    const isAnswered = refusal.status === "over" && refusal.why === "answered";
    return isAnswered ? readClaim(request.qrId) : { type: "refused", refusal };
  }
}

function claimRead(claim: QrClaimOutput) {
  return { type: "claim_read", claim, atInMs: Date.now() } as const;
}

/** What a refusal of the service means on the phone. */
export function outcomeOf(refusal: CallRefusal): Refusal {
  switch (refusal.reason) {
    case "step_up_required":
      return { status: "password_required" };
    case "qr_not_found":
      return { status: "over", why: "unknown" };
    case "qr_already_claimed":
      return { status: "over", why: "claimed_by_other" };
    case "ticket_used":
      return { status: "over", why: "answered" };
    case "access_denied":
      return { status: "over", why: "cancelled" };
    case "expired_token":
      return { status: "over", why: "expired" };
    case "invalid_ticket":
    // A passkey was made since: the next scan brings what it has to sign.
    case "user_verification_required":
      return { status: "ticket_over" };
    case "unknown_device":
      return { status: "over", why: "unknown_device" };
    case "invalid_passkey":
      return { status: "passkey_failed" };
    case "code_required":
      return { status: "code_required" };
    default:
      return waitOrUnavailable(refusal);
  }
}
