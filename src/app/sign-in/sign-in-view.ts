import type { Unavailable } from "../../client/calls/unavailable";
import type { Refused, TooManyAttempts } from "../../client/session/begin-session";
import type { DeletionPending } from "../../client/session/deletion";
import type { SecondFactorRequired } from "../../client/session/second-factor";
import { DEFAULT_WAIT_IN_SECONDS } from "../../contract/limits";
import { noAnswerKey } from "../lib/no-answer";

/** What the status line of the sign-in page says: keys of the catalogue, or a wait that counts down. */
export type SignInMessage =
  | {
      readonly status: "error" | "calm";
      readonly key:
        | "connection.offline"
        | "connection.unavailable"
        | "connection.unexpected"
        | "connection.storage"
        | "connection.browser"
        | "connection.keys"
        | "connection.script"
        | "connection.locked"
        | "signIn.invalidCredentials"
        | "signIn.deletion.over"
        | "signIn.deletion.kept"
        | "signIn.ended"
        | "signIn.captchaFailed"
        | "signIn.ticketRenewed"
        | "signIn.noDeviceKey"
        | "signIn.insecureContext"
        | "signIn.wrongAddress"
        | "signIn.passkey.again"
        | "signIn.passkey.cancelled"
        | "signIn.passkey.failed"
        | "signIn.passkey.notHere"
        | "signIn.passkey.unknown"
        | "secondFactor.over"
        | "secondFactor.wrong"
        | "signIn.captcha.required"
        | "signIn.captcha.wrong"
        | "signIn.captcha.newImageShown"
        | "signIn.captcha.cancelled"
        | "signIn.captcha.workDone";
    }
  | { readonly status: "wait"; readonly untilInMs: number };

/** The picture of the check. `round` counts them, so that each is a new field to fill in. */
export type Picture =
  | { readonly status: "loading"; readonly round: number }
  | { readonly status: "shown"; readonly round: number; readonly address: string }
  | { readonly status: "failed"; readonly round: number };

/** The visible part of the check. The invisible one, proof of work in the background, has none. */
export type CaptchaStep =
  | { readonly status: "none" }
  | { readonly status: "picture"; readonly picture: Picture }
  /** `progress` is the share that is done, from 0 to 1; null while it is not known. */
  | { readonly status: "working"; readonly progress: number | null }
  | { readonly status: "worked" };

export type SignInField = "username" | "password" | "characters" | "work" | "submit";

/** All that the sign-in page shows. */
export interface SignInView {
  readonly phase: "ready" | "checking" | "passkey" | "signing_in" | "signed_in";
  readonly message: SignInMessage | null;
  readonly step: CaptchaStep;
  /** What is asked for after a right password. */
  readonly second: SecondFactorRequired | null;
  /** The sign-in was right, and its account is going to be deleted. */
  readonly pending: DeletionPending | null;
  /** Where the focus has to go; `count` tells one request from the next. */
  readonly focus: { readonly field: SignInField; readonly count: number } | null;
}

export const firstView: SignInView = {
  phase: "ready",
  message: null,
  step: { status: "none" },
  second: null,
  pending: null,
  focus: null,
};

export interface Surroundings {
  /** Milliseconds since the epoch. */
  readonly nowInMs: number;
  readonly isOnline: boolean;
  /** Whether the browser would let us use a key here (Secure Contexts). */
  readonly isSecure: boolean;
}

/** An answer that says neither yes nor no. */
export type Fault = Unavailable | TooManyAttempts | Refused;

/** The words for an answer that is no answer about the password. */
export function faultMessage(fault: Fault, { nowInMs, isOnline, isSecure }: Surroundings): SignInMessage {
  switch (fault.status) {
    case "too_many_attempts":
      if (fault.isLocked) return { status: "error", key: "connection.locked" };
      return wait(nowInMs, fault.retryAfterInSeconds);
    case "refused":
      return {
        status: "error",
        key: fault.code === "cross_site_request" ? "signIn.wrongAddress" : "connection.unexpected",
      };
    case "unavailable":
      break;
  }
  switch (fault.cause) {
    case "rate_limited":
      return wait(nowInMs, fault.retryAfterInSeconds);
    case "server":
    case "token_store":
      return { status: "error", key: "connection.unavailable" };
    case "proof_refused":
      return { status: "error", key: "signIn.wrongAddress" };
    case "device_key":
      return { status: "error", key: isSecure ? "signIn.noDeviceKey" : "signIn.insecureContext" };
    default:
      return { status: "error", key: noAnswerKey(fault.cause, isOnline) };
  }
}

function wait(nowInMs: number, seconds: number | undefined): SignInMessage {
  return { status: "wait", untilInMs: nowInMs + (seconds ?? DEFAULT_WAIT_IN_SECONDS) * 1000 };
}
