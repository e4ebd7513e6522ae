export { type ClaimedRequest, type Phone, QrClaims, type QrClaimsOptions } from "./qr-claims";
export {
  type ChangedQrLogin,
  type QrLoginChange,
  type QrLoginRecord,
  type QrLoginStore,
  stateOf,
} from "./qr-login-record";
export { QrRedemptions, type QrRedemptionsOptions } from "./qr-redemptions";
export {
  type Computer,
  type NewQrLogin,
  QR_LIFETIME_IN_SECONDS,
  QR_POLL_INTERVAL_IN_SECONDS,
  QrRequests,
  type QrRequestsOptions,
} from "./qr-requests";
export { QrRows } from "./qr-rows";
export { claimOf, isOver, type QrState } from "./state";
