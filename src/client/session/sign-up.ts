import type { CaptchaAnswer, CaptchaOffer } from "../../contract/schemas";
import type { InvitationFactsOutput } from "../../contract/sign-up";
import { loadPart } from "../calls/load-part";
import { isRecord } from "../calls/refusal";
import type { CallService } from "../calls/service";
import type { Unavailable } from "../calls/unavailable";
import {
  beginSession,
  type Refused,
  type RefusedAnswer,
  type SignedIn,
  type SignInOptions,
  type TooManyAttempts,
  tooManyOrRefused,
} from "./begin-session";
import type { DeletionPending } from "./deletion";
import { pendingDeletion } from "./pending-deletion";
import type { SecondFactorRequired } from "./second-factor";
import { type CaptchaProgress, captchaOf, encryptUnder, getTicket, type Ticket } from "./sign-in";
import type { SolvingOptions } from "./sign-in-solving";

/** What somebody asks for who was invited. */
export interface SignUp {
  /** What stands behind the `#` of the invitation's link. */
  readonly invitation: string;
  readonly username: string;
  /** The username, when it is left out. */
  readonly displayName?: string | undefined;
  readonly password: string;
  /** The answer to the captcha of `ticket`; or "solve": as in `signInWithPassword`. */
  readonly captcha?: CaptchaAnswer | "solve" | undefined;
  readonly onCaptcha?: ((progress: CaptchaProgress) => void) | undefined;
  /** One from `getTicket()` or from a former outcome; a new one is fetched when it is left out. */
  readonly ticket?: Ticket | undefined;
}

export type SignUpOutcome =
  | { readonly status: "signed_in"; readonly sessionId: string }
  | { readonly status: "captcha_required"; readonly ticket: Ticket; readonly captcha: CaptchaOffer }
  | { readonly status: "captcha_failed"; readonly ticket: Ticket; readonly captcha: CaptchaOffer }
  /** Unknown, expired, used up or revoked: the service does not say which. */
  | { readonly status: "invalid_invitation" }
  | { readonly status: "username_taken" }
  /** `rule` is what the password breaks, for words of your own; `message` a sentence in English. */
  | { readonly status: "weak_password"; readonly rule: string; readonly message: string }
  /** The name that was asked for cannot be one; `field` is `username` or `display_name`. */
  | { readonly status: "invalid_field"; readonly field: string; readonly message: string }
  /** The account is there, and needs a second factor before anybody is signed in. */
  | SecondFactorRequired
  /** The account was made with this invitation before, and is going to be deleted: ask whether to keep it. */
  | DeletionPending
  | { readonly status: "ticket_expired" }
  | TooManyAttempts
  | Unavailable
  | Refused;

export type InvitationOutcome =
  | {
      readonly status: "open";
      /** The display name of who invites; null for the operator. */
      readonly invitedBy: string | null;
      readonly roles: InvitationFactsOutput["roles"];
      readonly expiresAt: Date;
      readonly passwordMinLength: number;
    }
  | { readonly status: "invalid_invitation" }
  | Unavailable
  | TooManyAttempts
  | Refused;

/** `POST /api/auth/invitation`: nothing is used up by looking. */
export async function readInvitation(
  callService: CallService,
  invitation: string,
): Promise<InvitationOutcome> {
  const answer = await callService({ method: "POST", path: "/api/auth/invitation", body: { invitation } });
  if (answer.status === "unavailable") return answer;
  if (answer.status === "refused") {
    const { reason } = answer.refusal;
    return reason === "invalid_invitation" ? { status: reason } : tooManyOrRefused(answer);
  }
  if (!isRecord(answer.body)) return { status: "unavailable", cause: "server" };
  const facts = answer.body as unknown as InvitationFactsOutput;
  return {
    status: "open",
    invitedBy: facts.invited_by,
    roles: facts.roles,
    expiresAt: new Date(facts.expires_at * 1000),
    passwordMinLength: facts.password_min_length,
  };
}

/** Makes an account and signs in to it; see `Auth.signUp`. */
export async function signUp(options: SolvingOptions, input: SignUp): Promise<SignUpOutcome> {
  const { captcha, ...rest } = input;
  if (captcha !== "solve") return signUpOnce(options, { ...rest, captcha });
  const { answeringChecks } = await loadPart(() => import("./sign-in-solving"));
  return answeringChecks<SignUpOutcome>(options, input, (held) => signUpOnce(options, { ...rest, ...held }));
}

/** One try. */
type Try = Omit<SignUp, "captcha"> & { readonly captcha?: CaptchaAnswer | undefined };

async function signUpOnce(options: SignInOptions, input: Try): Promise<SignUpOutcome> {
  const { ticket: given } = input;
  if (given) {
    const outcome = await attempt(options, input, given);
    // Only time was lost; or the answer to the same try, which made the account: sent again, it signs in.
    if (outcome.status !== "ticket_expired" || input.captcha) return outcome;
  }
  const issued = await getTicket(options.callService);
  if (issued.status !== "issued") return issued;
  const { ticket } = issued;
  if (ticket.captcha.required) return { status: "captcha_required", ticket, captcha: ticket.captcha };
  return attempt(options, input, ticket);
}

async function attempt(options: SignInOptions, input: Try, ticket: Ticket): Promise<SignUpOutcome> {
  const { invitation, username, displayName, password, captcha } = input;
  const body = {
    ...{ t: ticket.t, invitation, username, captcha, delivery: options.delivery },
    ...(displayName ? { display_name: displayName } : {}),
    credentials: await encryptUnder(ticket, { password }),
  };
  const answer = await options.callService({ method: "POST", path: "/api/auth/sign-up", body });
  if (answer.status === "unavailable") return answer;
  if (answer.status === "refused") return refusalOf(options, answer, ticket);
  const begun: SignedIn | Unavailable = await beginSession(options, answer);
  return begun;
}

async function refusalOf(
  options: SignInOptions,
  answer: RefusedAnswer,
  ticket: Ticket,
): Promise<SignUpOutcome> {
  const { reason, message, members } = answer.refusal;
  switch (reason) {
    case "captcha_required":
    case "captcha_failed": {
      const captcha = captchaOf(answer.refusal) ?? ticket.captcha;
      return { status: reason, ticket: { ...ticket, captcha }, captcha };
    }
    case "invalid_invitation":
    case "username_taken":
      return { status: reason };
    case "invalid_ticket":
      return { status: "ticket_expired" };
    case "weak_password":
      return { status: reason, rule: String(members.rule), message };
    case "invalid_request":
      return { status: "invalid_field", field: String(members.field), message };
    case "second_factor_required": {
      const { secondFactorOf } = await loadPart(() => import("./second-factor"));
      return secondFactorOf(options, answer.refusal) ?? tooManyOrRefused(answer);
    }
    default:
      return (await pendingDeletion(options, answer)) ?? tooManyOrRefused(answer);
  }
}
