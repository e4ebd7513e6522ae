import type { PasskeyAssertion } from "../../contract/passkeys";
import type { CaptchaAnswer, CaptchaOffer, TicketOutput } from "../../contract/schemas";
import { loadPart } from "../calls/load-part";
import { isRecord, type Refusal } from "../calls/refusal";
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

/** What starts a sign-in: one use, short-lived, bound to this device's key. */
export type Ticket = TicketOutput;

export type TicketOutcome =
  | { readonly status: "issued"; readonly ticket: Ticket }
  | TooManyAttempts
  | Unavailable
  | Refused;

/** How far the answering of a check has come. */
export interface CaptchaProgress {
  /** Counts the checks of one sign-in, from 1. */
  readonly round: number;
  /** `pow`: this device works. `image`: a person is asked. */
  readonly kind: "pow" | "image";
  /** Of the longest possible work, from 0 to 1; it may be found sooner. */
  readonly share: number;
  readonly elapsedInMs: number;
  /** How long this check takes at the most, by the speed so far; undefined before anything is known of it. */
  readonly atMostInMs: number | undefined;
}

export interface PasswordSignIn {
  readonly username: string;
  readonly password: string;
  /**
   * The answer to the captcha of `ticket`; or "solve": each check that is asked for is answered, for as long as there are
   * any, by work of this device. That takes moments after a quiet time, and some seconds for each round after wrong
   * passwords.
   */
  readonly captcha?: CaptchaAnswer | "solve" | undefined;
  /** With "solve": told when a check begins, and at most ten times a second how far it is. */
  readonly onCaptcha?: ((progress: CaptchaProgress) => void) | undefined;
  /**
   * With "solve", for pages with a person: is shown the picture of a check, at `url`, and gives the characters that are in
   * it. Nothing, and the device works for them instead, longer. Asking for `url` again draws another picture.
   */
  readonly readPicture?:
    | ((picture: { readonly url: string; readonly round: number }) => Promise<string | undefined>)
    | undefined;
  /** One from `getTicket()` or from a former outcome; a new one is fetched when it is left out. */
  readonly ticket?: Ticket | undefined;
}

export interface PasskeySignIn {
  /** The ticket whose `passkey_options` the passkey signed for. */
  readonly ticket: Ticket;
  /**
   * What `navigator.credentials.get` gave, as JSON (WebAuthn Level 3, `AuthenticationResponseJSON`): what
   * `startAuthentication` of @simplewebauthn/browser returns, or `credential.toJSON()`.
   */
  readonly passkey: PasskeyAssertion;
}

export type SignInOutcome =
  | { readonly status: "signed_in"; readonly sessionId: string }
  /** Ask the user, then call again with the answer and with this ticket, which is still good. */
  | { readonly status: "captcha_required"; readonly ticket: Ticket; readonly captcha: CaptchaOffer }
  /** The answer was wrong and is used up; the ticket is still good, for another picture or challenge. */
  | { readonly status: "captcha_failed"; readonly ticket: Ticket; readonly captcha: CaptchaOffer }
  | { readonly status: "invalid_credentials" }
  /** The password is right: ask for the second factor, and call its `answer`. */
  | SecondFactorRequired
  /** The account is going to be deleted, at its owner's wish: ask whether to keep it, and call its `keep`. */
  | DeletionPending
  | TooManyAttempts
  /** The captcha was answered under a ticket that has expired: both have to be fetched again. */
  | { readonly status: "ticket_expired" }
  | Unavailable
  | Refused;

export type PasskeyOutcome =
  | { readonly status: "signed_in"; readonly sessionId: string }
  /** `isUnknown`: the service has no such passkey, and the browser should forget it. */
  | { readonly status: "invalid_passkey"; readonly isUnknown: boolean }
  /** As after a password. */
  | DeletionPending
  | TooManyAttempts
  /** The passkey signed for a ticket that is over: ask for a new one, and for the passkey again. */
  | { readonly status: "ticket_expired" }
  | Unavailable
  | Refused;

/** `GET /api/auth/get_t` with a proof. */
export async function getTicket(callService: CallService): Promise<TicketOutcome> {
  const answer = await callService({ method: "GET", path: "/api/auth/get_t" });
  if (answer.status === "unavailable") return answer;
  if (answer.status === "refused") return tooManyOrRefused(answer);
  if (!isTicket(answer.body)) return { status: "unavailable", cause: "server" };
  return { status: "issued", ticket: answer.body };
}

/** Encrypts secrets for the service under a ticket, which they then hold too (protocol: `credentials`). */
export async function encryptUnder(
  ticket: Ticket,
  payload: Readonly<Record<string, string>>,
): Promise<string> {
  const { encryptCredentials } = await loadPart(() => import("./encrypt-credentials"));
  return encryptCredentials({ ...payload, t: ticket.t }, ticket.encryption_jwk);
}

/** One try. */
interface Try {
  readonly username: string;
  readonly password: string;
  readonly captcha?: CaptchaAnswer | undefined;
  readonly ticket?: Ticket | undefined;
}

/** Signs in; see `Auth.signInWithPassword`. */
export async function signInWithPassword(options: SignInOptions, input: Try): Promise<SignInOutcome> {
  const { ticket: given, ...rest } = input;
  if (!given) return signInWithNewTicket(options, rest);
  const outcome = await attempt(options, input, given);
  // Only time was lost: a user who has answered no captcha need not know about tickets.
  if (outcome.status === "ticket_expired" && !input.captcha) return signInWithNewTicket(options, rest);
  return outcome;
}

async function signInWithNewTicket(options: SignInOptions, input: Try): Promise<SignInOutcome> {
  const issued = await getTicket(options.callService);
  if (issued.status !== "issued") return issued;
  const { ticket } = issued;
  if (ticket.captcha.required) return { status: "captcha_required", ticket, captcha: ticket.captcha };
  return attempt(options, input, ticket);
}

async function attempt(options: SignInOptions, input: Try, ticket: Ticket): Promise<SignInOutcome> {
  const { username, password, captcha } = input;
  const credentials = await encryptUnder(ticket, { username, password });
  return logIn(options, ticket, { credentials, captcha }, (answer) => signInRefusal(options, answer, ticket));
}

/** Signs in with what a passkey signed; see `Auth.signInWithPasskey`. */
export function signInWithPasskey(
  options: SignInOptions,
  { ticket, passkey }: PasskeySignIn,
): Promise<PasskeyOutcome> {
  return logIn(options, ticket, { passkey }, passkeyRefusal);
}

async function logIn<Refusals>(
  options: SignInOptions,
  ticket: Ticket,
  proof: { credentials: string; captcha: CaptchaAnswer | undefined } | Pick<PasskeySignIn, "passkey">,
  refusalOf: (answer: RefusedAnswer) => Refusals | Promise<Refusals>,
): Promise<Refusals | DeletionPending | SignedIn | Unavailable> {
  const answer = await options.callService({
    method: "POST",
    path: "/api/auth/login",
    body: { t: ticket.t, ...proof, delivery: options.delivery, client_id: options.clientId },
  });
  if (answer.status === "unavailable") return answer;
  if (answer.status === "refused") return pendingDeletion(options, answer) ?? refusalOf(answer);
  return beginSession(options, answer);
}

async function signInRefusal(
  options: SignInOptions,
  answer: RefusedAnswer,
  ticket: Ticket,
): Promise<SignInOutcome> {
  const { reason } = answer.refusal;
  switch (reason) {
    case "captcha_required":
    case "captcha_failed": {
      const captcha = captchaOf(answer.refusal) ?? ticket.captcha;
      return { status: reason, ticket: { ...ticket, captcha }, captcha };
    }
    case "invalid_credentials":
      return { status: "invalid_credentials" };
    case "invalid_ticket":
      return { status: "ticket_expired" };
    case "second_factor_required": {
      const { secondFactorOf } = await loadPart(() => import("./second-factor"));
      return secondFactorOf(options, answer.refusal) ?? tooManyOrRefused(answer);
    }
    default:
      return tooManyOrRefused(answer);
  }
}

function passkeyRefusal(answer: RefusedAnswer): PasskeyOutcome {
  const { reason, members } = answer.refusal;
  if (reason === "invalid_passkey")
    return { status: reason, isUnknown: typeof members.unknown_credential === "string" };
  return reason === "invalid_ticket" ? { status: "ticket_expired" } : tooManyOrRefused(answer);
}

export function captchaOf(refusal: Refusal): CaptchaOffer | undefined {
  const { captcha } = refusal.members;
  return isCaptchaOffer(captcha) ? captcha : undefined;
}

function isCaptchaOffer(value: unknown): value is CaptchaOffer {
  return isRecord(value) && typeof value.id === "string" && Array.isArray(value.kinds);
}

function isTicket(value: unknown): value is Ticket {
  return (
    isRecord(value) &&
    typeof value.t === "string" &&
    isRecord(value.encryption_jwk) &&
    isCaptchaOffer(value.captcha)
  );
}
