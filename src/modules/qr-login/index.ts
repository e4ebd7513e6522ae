export { type ApprovalPolicy, Approvals } from "./approvals";
export { type ClaimedRequest, type Phone, QrClaims } from "./qr-claims";
export {
  type QrLoginRecord,
  type QrLoginStore,
  stateOf,
} from "./qr-login-record";
export { QrRedemptions } from "./qr-redemptions";
export {
  type Computer,
  type NewQrLogin,
  QR_LIFETIME_IN_SECONDS,
  QR_POLL_INTERVAL_IN_SECONDS,
  QrRequests,
} from "./qr-requests";
export { QrRows } from "./qr-rows";
export { QrWatch, type QrWatcher, type StreamPlaces } from "./qr-watch";
export { claimOf, isOver, type QrState } from "./state";
export { TypedCodes } from "./typed-codes";
