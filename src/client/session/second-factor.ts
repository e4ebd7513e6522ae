import type { PasskeyAssertion, PasskeyRequestOptions } from "../../contract/passkeys";
import type { SecondFactorKind, TotpOutput } from "../../contract/second-factor";
import { isRecord, type Refusal } from "../calls/refusal";
import type { Unavailable } from "../calls/unavailable";
import {
  beginSession,
  type Refused,
  type SignInOptions,
  type TooManyAttempts,
  tooManyOrRefused,
} from "./begin-session";
import type { DeletionPending } from "./deletion";
import { pendingDeletion } from "./pending-deletion";
import { outcomeOfFault } from "./store-fault";

/** A code as the person types it, or what a passkey signed. */
export type SecondFactorAnswer =
  | { readonly kind: "totp" | "recovery_code" | "enrol"; readonly code: string }
  | { readonly kind: "passkey"; readonly passkey: PasskeyAssertion };

export type SecondFactorOutcome =
  | {
      readonly status: "signed_in";
      readonly sessionId: string;
      /** After an enrolment: show them, for they come this once. */
      readonly recoveryCodes?: readonly string[];
    }
  /** Ask once more. With none left, or after the outcome `expired`, the sign-in starts again with the password. */
  | { readonly status: "wrong"; readonly attemptsLeft: number }
  /** Too late, used, or tried too often. */
  | { readonly status: "expired" }
  /** It was right, and the account is going to be deleted: ask whether to keep it, and call its `keep`. */
  | DeletionPending
  | TooManyAttempts
  | Unavailable
  | Refused;

/** What an authenticator app needs, or why there is nothing. */
export type EnrolOutcome =
  | {
      readonly status: "begun";
      /** Base32, for people who type it. */
      readonly secret: string;
      /** To be drawn as a QR code. */
      readonly otpauthUri: string;
      readonly expiresInSeconds: number;
    }
  | { readonly status: "expired" }
  | TooManyAttempts
  | Unavailable
  | Refused;

/** The password is right, and the sign-in is not complete: nobody is signed in yet. */
export interface SecondFactorRequired {
  readonly status: "second_factor_required";
  /**
   * In which ways it can be completed; the first is the one to offer. Only `enrol`: the account needs an authenticator app
   * first. Call `enrol()`, show what it gives, and answer with the first code of the app.
   */
  readonly kinds: readonly SecondFactorKind[];
  readonly expiresInSeconds: number;
  /** For `navigator.credentials.get`, where a passkey is one of the kinds. */
  readonly passkeyOptions: PasskeyRequestOptions | undefined;
  /** Completes the sign-in. Never rejects; may be called again after the outcome `wrong`. */
  readonly answer: (answer: SecondFactorAnswer) => Promise<SecondFactorOutcome>;
  /** Starts to add an authenticator app. Never rejects. */
  readonly enrol: () => Promise<EnrolOutcome>;
}

/** @returns undefined when the refusal does not say enough */
export function secondFactorOf(
  options: SignInOptions,
  { members }: Refusal,
): SecondFactorRequired | undefined {
  const { challenge, expires_in: expiresInSeconds, kinds, passkey_options: passkeyOptions } = members;
  if (typeof challenge !== "string" || !Array.isArray(kinds)) return undefined;
  return {
    status: "second_factor_required",
    kinds: kinds as SecondFactorKind[],
    expiresInSeconds: Number(expiresInSeconds),
    passkeyOptions: isRecord(passkeyOptions)
      ? (passkeyOptions as unknown as PasskeyRequestOptions)
      : undefined,
    answer: (answer) => complete(options, challenge, answer).catch(outcomeOfFault),
    enrol: () => enrol(options, challenge),
  };
}

async function complete(
  options: SignInOptions,
  challenge: string,
  input: SecondFactorAnswer,
): Promise<SecondFactorOutcome> {
  const { callService, delivery } = options;
  const body = { challenge, ...input, delivery };
  const answer = await callService({ method: "POST", path: "/api/auth/second-factor", body });
  if (answer.status === "unavailable") return answer;
  if (answer.status === "ok") {
    const begun = await beginSession(options, answer);
    const codes = isRecord(answer.body) ? answer.body.recovery_codes : undefined;
    if (begun.status !== "signed_in" || !Array.isArray(codes)) return begun;
    return { ...begun, recoveryCodes: codes as string[] };
  }
  const { reason, members } = answer.refusal;
  if (reason === "invalid_ticket") return { status: "expired" };
  if (reason === "invalid_code" || reason === "invalid_passkey")
    return { status: "wrong", attemptsLeft: Number(members.attempts_left ?? 0) };
  return (await pendingDeletion(options, answer)) ?? tooManyOrRefused(answer);
}

async function enrol({ callService }: SignInOptions, challenge: string): Promise<EnrolOutcome> {
  const path = "/api/auth/second-factor/enrol";
  const answer = await callService({ method: "POST", path, body: { challenge } });
  if (answer.status === "unavailable") return answer;
  if (answer.status === "refused")
    return answer.refusal.reason === "invalid_ticket" ? { status: "expired" } : tooManyOrRefused(answer);
  const { secret, otpauth_uri: otpauthUri, expires_in: expiresInSeconds } = answer.body as TotpOutput;
  return { status: "begun", secret, otpauthUri, expiresInSeconds };
}
