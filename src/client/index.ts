/**
 * The client of Countersign for browsers and Node: typed calls, a proof of the device's key with each, tokens that renew
 * themselves. Start with `createCountersignClient`.
 */
export type { ErrorCode } from "../contract/errors";
export type { CaptchaAnswer, CaptchaOffer, LiveEvent } from "../contract/schemas";
export type { AppRouter } from "../server/faces/trpc/router";
export { reasonOf } from "./calls/links/client-error";
export type { FetchLike } from "./calls/proven-fetch";
export type { Unavailable } from "./calls/unavailable";
export {
  type BodyClientOptions,
  type CookieClientOptions,
  type CountersignClient,
  type CountersignClientOptions,
  createCountersignClient,
  type SignedOut,
} from "./create-client";
export type { SharedBrowser } from "./environment";
export {
  type DeviceKeyStore,
  generateDeviceKey,
  indexedDbDeviceKeyStore,
  memoryDeviceKeyStore,
} from "./key/device-key";
export { createProof, type ProofInput, type PublicJwk, publicJwkOf, thumbprintOf } from "./key/proof";
export type {
  DigitsEntry,
  Qr,
  QrSignIn,
  QrSignInView,
  ScannedConfirmation,
  ShownCode,
  UnavailableCause,
} from "./qr";
export type { Auth, RestoreOutcome, SignOutOutcome } from "./session/auth";
export type { Refused, TooManyAttempts } from "./session/begin-session";
export type { DeletionPending, KeepOutcome } from "./session/deletion";
export { indexedDbTokenStore } from "./session/indexed-db-token-store";
export type {
  CodeSignUp,
  CodeSignUpOutcome,
  SignUpRequest,
  SignUpRequestOutcome,
} from "./session/open-sign-up";
export type { RefreshOutcome } from "./session/refresh";
export type {
  EnrolOutcome,
  SecondFactorAnswer,
  SecondFactorOutcome,
  SecondFactorRequired,
} from "./session/second-factor";
export type { SessionChange } from "./session/session-state";
export type {
  CaptchaProgress,
  PasskeyOutcome,
  PasskeySignIn,
  PasswordSignIn,
  SignInOutcome,
  Ticket,
  TicketOutcome,
} from "./session/sign-in";
export type {
  InvitationOutcome,
  PasskeySignUp,
  SignUp,
  SignUpOptionsInput,
  SignUpOptionsOutcome,
  SignUpOutcome,
} from "./session/sign-up";
export type { CaptchaOutcome } from "./session/solve-captcha";
export type { StepUpCode, StepUpOutcome, StepUpProof } from "./session/step-up";
export { memoryTokenStore, type TokenStore, type Tokens } from "./session/token-store";
export type { StepUpRequired } from "./session/waiting-calls";
export type { Live } from "./tabs/live";
