import type { NewPasskey, PasskeyCreationOptions } from "../../contract/passkeys";
import type { CaptchaAnswer, CaptchaOffer } from "../../contract/schemas";
import type { InvitationFactsOutput } from "../../contract/sign-up";
import { loadPart } from "../calls/load-part";
import { isRecord } from "../calls/refusal";
import type { CallService, ServiceAnswer } from "../calls/service";
import type { Unavailable } from "../calls/unavailable";
import {
  beginSession,
  type Refused,
  type RefusedAnswer,
  type SignInOptions,
  type TooManyAttempts,
  tooManyOrRefused,
} from "./begin-session";
import type { DeletionPending } from "./deletion";
import { pendingDeletion } from "./pending-deletion";
import type { SecondFactorRequired } from "./second-factor";
import { type CaptchaProgress, captchaOf, encryptUnder, getTicket, type Ticket } from "./sign-in";
import type { SolvingOptions } from "./sign-in-solving";

/** What the account is to be called. */
export interface NewNames {
  readonly username: string;
  /** The username, when it is left out. */
  readonly displayName?: string | undefined;
}

/** The account that somebody asks for who was invited. */
interface Wish extends NewNames {
  /** What stands behind the `#` of the invitation's link. */
  readonly invitation: string;
}

/** What each question to the service needs that is not known to be of a person. */
export interface Checks {
  /** The answer to the captcha of `ticket`; or "solve": as in `signInWithPassword`. */
  readonly captcha?: CaptchaAnswer | "solve" | undefined;
  readonly onCaptcha?: ((progress: CaptchaProgress) => void) | undefined;
  /** One from `getTicket()` or from a former outcome; a new one is fetched when it is left out. */
  readonly ticket?: Ticket | undefined;
}

/** An account with a password. */
export interface SignUp extends Wish, Checks {
  readonly password: string;
}

/** What has to be known before a browser makes the passkey of a new account. */
export interface SignUpOptionsInput extends Wish, Checks {}

/** An account without a password. The names and the invitation are those that the options were asked for with. */
export interface PasskeySignUp extends Wish {
  /** What `navigator.credentials.create` gave, as JSON (WebAuthn Level 3, `RegistrationResponseJSON`). */
  readonly passkey: NewPasskey;
}

export type Refusals =
  | { readonly status: "captcha_required"; readonly ticket: Ticket; readonly captcha: CaptchaOffer }
  | { readonly status: "captcha_failed"; readonly ticket: Ticket; readonly captcha: CaptchaOffer }
  /** Unknown, expired, used up or revoked: the service does not say which. */
  | { readonly status: "invalid_invitation" }
  | { readonly status: "username_taken" }
  /** The name that was asked for cannot be one; `field` is `username` or `display_name`. */
  | { readonly status: "invalid_field"; readonly field: string; readonly message: string }
  | { readonly status: "ticket_expired" }
  | TooManyAttempts
  | Unavailable
  | Refused;

export type SignUpOptionsOutcome =
  /** For `navigator.credentials.create`. They serve this client, once, for five minutes. */
  { readonly status: "ready"; readonly options: PasskeyCreationOptions } | Refusals;

export type SignUpOutcome =
  | { readonly status: "signed_in"; readonly sessionId: string }
  /** `rule` is what the password breaks, for words of your own; `message` a sentence in English. */
  | { readonly status: "weak_password"; readonly rule: string; readonly message: string }
  /**
   * The passkey makes no account: its options were used before, or are too old. If an answer was lost, the account may be
   * there: the passkey signs in to it then.
   */
  | { readonly status: "invalid_passkey" }
  /** The account is there, and needs a second factor before anybody is signed in. */
  | SecondFactorRequired
  /** The account was made with this invitation before, and is going to be deleted: ask whether to keep it. */
  | DeletionPending
  | Refusals;

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

/** See `Auth.signUpOptions`. */
export function signUpOptions(
  options: SolvingOptions,
  input: SignUpOptionsInput,
): Promise<SignUpOptionsOutcome> {
  return admitted<SignUpOptionsOutcome>(options, input, async (ticket, captcha) => {
    const body = { ...bodyOf(input), t: ticket.t, captcha };
    const answer = await options.callService({ method: "POST", path: `${SIGN_UP}/options`, body });
    if (answer.status === "unavailable") return answer;
    if (answer.status === "refused") return refusalOf(answer, ticket);
    const made = isRecord(answer.body) && isRecord(answer.body.options) ? answer.body.options : undefined;
    if (!made) return { status: "unavailable", cause: "server" };
    return { status: "ready", options: made as unknown as PasskeyCreationOptions };
  });
}

/** Makes an account and signs in to it; see `Auth.signUp`. */
export function signUp(options: SolvingOptions, input: SignUp | PasskeySignUp): Promise<SignUpOutcome> {
  if ("passkey" in input) return send(options, { ...bodyOf(input), passkey: input.passkey }, undefined);
  return admitted<SignUpOutcome>(options, input, async (ticket, captcha) => {
    const credentials = await encryptUnder(ticket, { password: input.password });
    return send(options, { ...bodyOf(input), t: ticket.t, captcha, credentials }, ticket);
  });
}

const SIGN_UP = "/api/auth/sign-up";

function bodyOf({ invitation, username, displayName }: Wish) {
  return { invitation, username, ...(displayName ? { display_name: displayName } : {}) };
}

async function send(
  options: SignInOptions,
  body: Readonly<Record<string, unknown>>,
  ticket: Ticket | undefined,
): Promise<SignUpOutcome> {
  const { callService, delivery } = options;
  return outcomeOf(
    options,
    await callService({ method: "POST", path: SIGN_UP, body: { ...body, delivery } }),
    ticket,
  );
}

/** Begins the session of a new account, or says why there is none. */
export async function outcomeOf(
  options: SignInOptions,
  answer: ServiceAnswer,
  ticket: Ticket | undefined,
): Promise<SignUpOutcome> {
  if (answer.status === "unavailable") return answer;
  if (answer.status === "ok") return beginSession(options, answer);
  const { reason, message, members } = answer.refusal;
  if (reason === "invalid_passkey") return { status: reason };
  if (reason === "weak_password") return { status: reason, rule: String(members.rule), message };
  if (reason !== "second_factor_required")
    return (await pendingDeletion(options, answer)) ?? refusalOf(answer, ticket);
  const { secondFactorOf } = await loadPart(() => import("./second-factor"));
  return secondFactorOf(options, answer.refusal) ?? tooManyOrRefused(answer);
}

type Attempt<Outcome> = (ticket: Ticket, captcha: CaptchaAnswer | undefined) => Promise<Outcome>;

/** Tries with a ticket, and answers the checks on the way where that is asked for. */
export async function admitted<Outcome extends { readonly status: string }>(
  options: SolvingOptions,
  input: Checks,
  attempt: Attempt<Outcome | Refusals>,
): Promise<Outcome | Refusals> {
  const { captcha, ticket } = input;
  if (captcha !== "solve") return once(options, { ticket, captcha }, attempt);
  const { answeringChecks } = await loadPart(() => import("./sign-in-solving"));
  return answeringChecks<Outcome | Refusals>(options, input, (held) => once(options, held ?? {}, attempt));
}

async function once<Outcome extends { readonly status: string }>(
  { callService }: SignInOptions,
  held: { readonly ticket?: Ticket | undefined; readonly captcha?: CaptchaAnswer | undefined },
  attempt: Attempt<Outcome | Refusals>,
): Promise<Outcome | Refusals> {
  if (held.ticket) {
    const outcome = await attempt(held.ticket, held.captcha);
    // Only time was lost; or the answer to the same try, which made the account: sent again, it signs in.
    if (outcome.status !== "ticket_expired" || held.captcha) return outcome;
  }
  const issued = await getTicket(callService);
  if (issued.status !== "issued") return issued;
  const { ticket } = issued;
  if (ticket.captcha.required) return { status: "captcha_required", ticket, captcha: ticket.captcha };
  return attempt(ticket, undefined);
}

export function refusalOf(answer: RefusedAnswer, ticket: Ticket | undefined): Refusals {
  const { reason, message, members } = answer.refusal;
  switch (reason) {
    case "captcha_required":
    case "captcha_failed": {
      const captcha = captchaOf(answer.refusal) ?? ticket?.captcha;
      if (!ticket || !captcha) return tooManyOrRefused(answer);
      return { status: reason, ticket: { ...ticket, captcha }, captcha };
    }
    case "invalid_invitation":
    case "username_taken":
      return { status: reason };
    case "invalid_ticket":
      return { status: "ticket_expired" };
    case "invalid_request":
      return { status: "invalid_field", field: String(members.field), message };
    default:
      return tooManyOrRefused(answer);
  }
}
