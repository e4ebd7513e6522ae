/**
 * The client of Countersign for browsers and Node: typed calls, a proof of the device's key with each, tokens that renew
 * themselves. Start with `createCountersignClient`.
 */
export type { ErrorCode } from "../contract/errors";
export type { CaptchaAnswer, CaptchaOffer, LiveEvent } from "../contract/schemas";
export type { AppRouter } from "../server/trpc/router";
export type { Auth, RestoreOutcome, SignOutOutcome } from "./auth";
export {
  type BodyClientOptions,
  type CookieClientOptions,
  type CountersignClient,
  type CountersignClientOptions,
  createCountersignClient,
  type SignedOut,
} from "./create-client";
export {
  type DeviceKeyStore,
  generateDeviceKey,
  indexedDbDeviceKeyStore,
  memoryDeviceKeyStore,
} from "./device-key";
export type { SharedBrowser } from "./environment";
export { indexedDbTokenStore } from "./indexed-db-token-store";
export { reasonOf } from "./links/client-error";
export type { Live } from "./live";
export { createProof, type ProofInput, type PublicJwk, publicJwkOf, thumbprintOf } from "./proof";
export type { FetchLike } from "./proven-fetch";
export type {
  DigitsEntry,
  Qr,
  QrSignIn,
  QrSignInView,
  ScannedConfirmation,
  ShownCode,
  UnavailableCause,
} from "./qr";
export type { RefreshOutcome } from "./refresh";
export type { Unavailable } from "./service";
export type { SessionChange } from "./session-state";
export type {
  PasswordSignIn,
  Refused,
  SignInOutcome,
  Ticket,
  TicketOutcome,
  TooManyAttempts,
} from "./sign-in";
export type { CaptchaOutcome } from "./solve-captcha";
export { memoryTokenStore, type TokenStore, type Tokens } from "./token-store";
