/** How sign-ins by QR code look on the wire. */
import { ROLES_SCOPE } from "../../contract/first-party";
import type {
  QrClaimOutput,
  QrCreateOutput,
  QrRequest,
  QrScanOutput,
  QrStatusOutput,
} from "../../contract/qr";
import { displayUserCode } from "../../contract/user-code";
import {
  type ClaimedRequest,
  claimOf,
  isOver,
  type NewQrLogin,
  QR_LIFETIME_IN_SECONDS,
  QR_POLL_INTERVAL_IN_SECONDS,
  type QrLoginRecord,
  stateOf,
} from "../../modules/qr-login";
import { inSeconds } from "./present";

const expiredQrStatus: QrStatusOutput = {
  status: "expired",
  confirmation: null,
  code_entered: false,
  scanned_by: null,
  expires_in: 0,
};

export function presentNewQr(
  { row, deviceCode, userCode, watchToken }: NewQrLogin,
  appUrl: URL,
  isKnownDevice?: boolean,
): QrCreateOutput {
  return {
    qr_id: row.id,
    device_code: deviceCode,
    user_code: displayUserCode(userCode),
    watch_token: watchToken,
    verification_uri: `${appUrl.origin}/scan`,
    verification_uri_complete: `${appUrl.origin}/q/${row.id}`,
    expires_in: QR_LIFETIME_IN_SECONDS,
    interval: QR_POLL_INTERVAL_IN_SECONDS,
    ...(isKnownDevice === undefined ? {} : { known_device: isKnownDevice }),
  };
}

/** @param row undefined when there is none any more, which is how an expired request looks */
export function presentQrStatus(row: QrLoginRecord | undefined, now: Date): QrStatusOutput {
  if (!row) return expiredQrStatus;
  const state = stateOf(row, now);
  const claim = claimOf(state);
  return {
    status: state.status,
    confirmation: claim?.confirmation ?? null,
    code_entered: claim?.hasCodeEntered ?? false,
    scanned_by: claim ? `${row.claimedInitial ?? ""}•••` : null,
    expires_in: isOver(state) ? 0 : secondsUntil(row.expiresAt, now),
    ...(state.status === "denied" && state.because ? { reason: state.because } : {}),
  };
}

export function presentScan(request: ClaimedRequest, clientName: string, now: Date): QrScanOutput {
  const { row, claim, ticket, isSameNetwork, matchCode, verification } = request;
  return {
    qr_id: row.id,
    ticket,
    expires_in: Math.min(secondsUntil(claim.ticketExpiresAt, now), secondsUntil(row.expiresAt, now)),
    request_expires_in: secondsUntil(row.expiresAt, now),
    can_extend: !claim.wasExtended,
    request: {
      client: { id: askerOf(row), name: clientName },
      scope: row.scope === ROLES_SCOPE ? [ROLES_SCOPE] : [],
      browser: row.browser,
      os: row.os,
      ip: row.address,
      ip_may_be_proxy: row.address !== null && row.network === null,
      same_network: isSameNetwork,
      requested_at: inSeconds(row.createdAt),
    } satisfies QrRequest,
    confirmation: claim.confirmation,
    ...(matchCode === null ? {} : { code: matchCode }),
    ...(verification && { verification: "passkey" }),
    ...(verification?.options && { passkey_options: verification.options }),
  };
}

/** The id of the client that the person who approves is shown. */
export function askerOf({ applicationId, clientId }: QrLoginRecord): string {
  return applicationId ?? clientId;
}

/** @param sessionIsThere whether the session that came out really exists: the redemption is written just before it */
export function presentClaim(row: QrLoginRecord, sessionIsThere: boolean, now: Date): QrClaimOutput {
  const state = stateOf(row, now);
  const claim = claimOf(state);
  const isOnItsWay = state.status === "consumed" && !sessionIsThere;
  return {
    status: isOnItsWay ? "approved" : state.status,
    code_entered: claim?.hasCodeEntered ?? false,
    expires_in: isOver(state) ? 0 : secondsUntil(row.expiresAt, now),
    can_extend: state.status === "scanned" && !state.claim.wasExtended,
    session_id: state.status === "consumed" && sessionIsThere ? state.sessionId : null,
  };
}

function secondsUntil(time: Date, now: Date): number {
  return Math.max(0, Math.ceil((time.getTime() - now.getTime()) / 1000));
}
