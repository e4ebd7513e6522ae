import { isRecord } from "../calls/refusal";
import { encryptUnder } from "./sign-in";
import type { SolvingOptions } from "./sign-in-solving";
import {
  admitted,
  type Checks,
  type NewNames,
  outcomeOf,
  type Refusals,
  refusalOf,
  type SignUpOutcome,
} from "./sign-up";

/** Who wants an account without an invitation. */
export interface SignUpRequest extends Checks {
  readonly email: string;
  /** Of the mail; English when it is left out. */
  readonly locale?: "en" | "zh-Hans" | undefined;
}

/** `invalid_field`: it is no address, or at none of the domains that may sign up. `refused` with `forbidden`: nobody may. */
export type SignUpRequestOutcome =
  /** A mail is on its way: with a code, or that there is an account already. Nobody else hears which. */
  | { readonly status: "requested"; readonly verificationId: string; readonly expiresInSeconds: number }
  | Refusals;

/** The account that is to come of a request. */
export interface CodeSignUp extends NewNames, Checks {
  /** Of the outcome of the request. */
  readonly verificationId: string;
  /** Of the mail, as it was typed. */
  readonly code: string;
  readonly password: string;
}

export type CodeSignUpOutcome =
  | SignUpOutcome
  /** Wrong, expired, of another browser, or the address has become somebody else's. */
  | { readonly status: "invalid_code" };

/** Asks for the mail; see `Auth.requestSignUp`. */
export function requestSignUp(options: SolvingOptions, input: SignUpRequest): Promise<SignUpRequestOutcome> {
  const { email, locale } = input;
  return admitted<SignUpRequestOutcome>(options, input, async (ticket, captcha) => {
    const body = { t: ticket.t, email, locale, captcha };
    const answer = await options.callService({ method: "POST", path: "/api/auth/sign-up/email", body });
    if (answer.status === "unavailable") return answer;
    if (answer.status === "refused") return refusalOf(answer, ticket);
    return requestedOf(answer.body);
  });
}

function requestedOf(body: unknown): SignUpRequestOutcome {
  if (!isRecord(body)) return { status: "unavailable", cause: "server" };
  const { verification_id: verificationId, expires_in: expiresInSeconds } = body;
  return {
    status: "requested",
    ...{ verificationId: String(verificationId), expiresInSeconds: Number(expiresInSeconds) },
  };
}

/** Makes the account with the code, and signs in to it; see `Auth.completeSignUp`. */
export function completeSignUp(options: SolvingOptions, input: CodeSignUp): Promise<CodeSignUpOutcome> {
  const { verificationId, code, username, displayName, password } = input;
  return admitted<CodeSignUpOutcome>(options, input, async (ticket, captcha) => {
    const body = {
      ...{ t: ticket.t, verification_id: verificationId, code, username, captcha },
      delivery: options.delivery,
      ...(displayName ? { display_name: displayName } : {}),
      credentials: await encryptUnder(ticket, { password }),
    };
    const answer = await options.callService({ method: "POST", path: "/api/auth/sign-up/verify", body });
    const isWrong = answer.status === "refused" && answer.refusal.reason === "invalid_code";
    return isWrong ? { status: "invalid_code" } : outcomeOf(options, answer, ticket);
  });
}
