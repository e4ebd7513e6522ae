import { loadPart } from "../calls/load-part";
import type { CallService, ServiceAnswer } from "../calls/service";
import type { Unavailable } from "../calls/unavailable";
import type { CodeSignUp, CodeSignUpOutcome, SignUpRequest, SignUpRequestOutcome } from "./open-sign-up";
import type { Refresh, RefreshOutcome } from "./refresh";
import type { SessionChange } from "./session-state";
import type {
  PasskeyOutcome,
  PasskeySignIn,
  PasswordSignIn,
  SignInOutcome,
  Ticket,
  TicketOutcome,
} from "./sign-in";
import type { SolvingOptions } from "./sign-in-solving";
import type {
  InvitationOutcome,
  PasskeySignUp,
  SignUp,
  SignUpOptionsInput,
  SignUpOptionsOutcome,
  SignUpOutcome,
} from "./sign-up";
import type { CaptchaOutcome } from "./solve-captcha";
import type { StepUpOutcome, StepUpProof } from "./step-up";
import { outcomeOfFault } from "./store-fault";
import type { Tokens } from "./token-store";
import type { StepUpRequired, WaitingCalls } from "./waiting-calls";

export type RestoreOutcome =
  | { readonly status: "signed_in"; readonly sessionId: string }
  | Exclude<RefreshOutcome, { readonly status: "refreshed" }>;

export type SignOutOutcome =
  | { readonly status: "signed_out" }
  /**
   * Nobody is signed in here any more, but the service could not be reached: the session there lives on. With the cause
   * "device_key" it is bound to another key than this client's. With "token_store" the store of the tokens could not be read,
   * or could not be cleared either: what is in it may still be used.
   */
  | { readonly status: "signed_out_here_only"; readonly cause: Unavailable["cause"] };

/**
 * Signing in and out. Nothing here throws for a refusal or a fault: outcomes are unions on `status`. A token store that
 * fails is a fault too, with the cause "token_store". When it could not keep tokens that had just come, the session has begun
 * all the same, and lasts until this client ends.
 */
export interface Auth {
  /** A ticket to start a sign-in, a password change or a step-up with. */
  getTicket(): Promise<TicketOutcome>;
  /**
   * Answers the captcha of a ticket without the user, by some seconds of calculation (proof of work). For programs, after
   * the outcome `captcha_required`. Throws without WebCrypto.
   */
  solveCaptcha(ticket: Ticket): Promise<CaptchaOutcome>;
  /** Encrypts `payload` and the ticket for the service: the `credentials` of a call. Throws without WebCrypto. */
  encrypt(ticket: Ticket, payload: Readonly<Record<string, string>>): Promise<string>;
  /**
   * Signs in. The password leaves as a JWE only. A ticket is fetched when none is given; the ticket of a
   * `captcha_required` or `captcha_failed` outcome is to be handed in again with the answer. With `captcha: "solve"` neither
   * of them comes: whatever is asked for is answered here, round after round.
   */
  signInWithPassword(input: PasswordSignIn): Promise<SignInOutcome>;
  /**
   * Signs in with a passkey: with what the browser made of the ticket's `passkey_options`. The ticket is used up, whatever
   * comes of it.
   */
  signInWithPasskey(input: PasskeySignIn): Promise<PasskeyOutcome>;
  /** What an invitation is for: who invites, to what, until when. Nothing is used up by it. */
  readInvitation(code: string): Promise<InvitationOutcome>;
  /**
   * What a browser needs to make the passkey of an account that is to have no password. The invitation is not used up, and
   * nothing is kept for the name; but all that can be wrong with either is said here, before a passkey is made.
   */
  signUpOptions(input: SignUpOptionsInput): Promise<SignUpOptionsOutcome>;
  /**
   * Makes an account with an invitation, and signs in to it. A password leaves as a JWE only. After an outcome whose answer
   * was lost, call it again with the same: with a password it then signs in to the account that it made. With a passkey it
   * answers `invalid_passkey`, `invalid_invitation` or `username_taken` when the account is there; sign in with the passkey
   * then.
   */
  signUp(input: SignUp | PasskeySignUp): Promise<SignUpOutcome>;
  /**
   * Without an invitation, where the service is open for it: has a code mailed to the address. Who has an account already gets
   * a mail that says so; the outcome is the same.
   */
  requestSignUp(input: SignUpRequest): Promise<SignUpRequestOutcome>;
  /**
   * Makes the account with the code of that mail, and signs in to it. The code works in this client only, for an hour; a right
   * one stays good while a name or a password has to be corrected. After an outcome whose answer was lost, call it again with
   * the same.
   */
  completeSignUp(input: CodeSignUp): Promise<CodeSignUpOutcome>;
  /**
   * Ends the session on the service, here and in the other tabs. Here even when the service cannot be reached. Where
   * processes share a token store, it ends the session that the store holds, whichever of them began it: they are one.
   */
  signOut(): Promise<SignOutOutcome>;
  /**
   * Proves once more who the user is, for what `step_up_required` asks for; afterwards every call that waits for it is made
   * again. A proof that is not right leaves them waiting.
   */
  stepUp(proof: StepUpProof): Promise<StepUpOutcome>;
  /** What the calls that wait want of the user; undefined when none waits. */
  readonly stepUpRequired: StepUpRequired | undefined;
  /**
   * Called when `stepUpRequired` has changed. While somebody listens, a call that is refused with `step_up_required` waits, and
   * so does `fetch` of the client for a service that answers `insufficient_user_authentication` (RFC 9470). Ask the user then,
   * once for all of them, and call `stepUp` or `cancelStepUp`. Where nobody listens such a call is refused at once.
   *
   * @returns how to stop listening; with the last listener the waiting calls are refused
   * @example
   * import type { CountersignClient } from "countersign/client";
   *
   * export function askForPassword(client: CountersignClient): void {
   *   client.auth.onStepUpRequired(async () => {
   *     if (!client.auth.stepUpRequired) return;
   *     const password = prompt("To go on, enter your password.");
   *     const outcome = password ? await client.auth.stepUp({ password }) : undefined;
   *     if (outcome?.status !== "done") client.auth.cancelStepUp();
   *   });
   * }
   */
  onStepUpRequired(listener: () => void): () => void;
  /** The user does not want to: the waiting calls are refused. */
  cancelStepUp(): void;
  /** At the start of a page or process: another tab's token, the stored one, or a refresh. */
  restore(): Promise<RestoreOutcome>;
  /** Without a request: "unknown" before `restore()` where nobody has signed in yet. */
  readonly hint: "signed_in" | "signed_out" | "unknown";
  /** The present session's id, once a token is here. */
  readonly sessionId: string | undefined;
  /** @returns how to stop listening */
  onChange(listener: (change: SessionChange) => void): () => void;
}

export interface AuthOptions extends SolvingOptions {
  readonly refresh: Refresh;
  readonly waitingCalls: WaitingCalls;
}

/** Most pages that are opened find a session. */
const signingIn = () => loadPart(() => import("./sign-in"));

/** Few ever do. */
const signingUp = () => loadPart(() => import("./sign-up"));

const signingUpByMail = () => loadPart(() => import("./open-sign-up"));

/** There is no WebCrypto outside https and localhost. */
function faultOf(error: unknown): Unavailable {
  return globalThis.crypto?.subtle ? outcomeOfFault(error) : { status: "unavailable", cause: "device_key" };
}

export function createAuth(options: AuthOptions): Auth {
  const { session, callService, refresh, waitingCalls } = options;
  return {
    getTicket: () => signingIn().then((part) => part.getTicket(callService), outcomeOfFault),
    solveCaptcha: (ticket) =>
      loadPart(() => import("./solve-captcha")).then(
        (part) => part.solveCaptcha(callService, ticket),
        outcomeOfFault,
      ),
    encrypt: async (ticket, payload) => (await signingIn()).encryptUnder(ticket, payload),
    async signInWithPassword(input) {
      try {
        const { captcha, ...rest } = input;
        return await (captcha === "solve"
          ? (await loadPart(() => import("./sign-in-solving"))).signInSolving(options, input)
          : (await signingIn()).signInWithPassword(options, { ...rest, captcha }));
      } catch (error) {
        return faultOf(error);
      }
    },
    async signInWithPasskey(input) {
      try {
        return await (await signingIn()).signInWithPasskey(options, input);
      } catch (error) {
        return outcomeOfFault(error);
      }
    },
    async stepUp(proof) {
      try {
        const outcome = await (await loadPart(() => import("./step-up"))).stepUp(options, proof);
        if (outcome.status === "done") waitingCalls.settle(true);
        return outcome;
      } catch (error) {
        return outcomeOfFault(error);
      }
    },
    get stepUpRequired() {
      return waitingCalls.required;
    },
    onStepUpRequired: (listener) => waitingCalls.onChange(listener),
    cancelStepUp: () => waitingCalls.settle(false),
    readInvitation: (code) =>
      signingUp()
        .then((part) => part.readInvitation(callService, code))
        .catch(outcomeOfFault),
    async signUpOptions(input) {
      try {
        return await (await signingUp()).signUpOptions(options, input);
      } catch (error) {
        return outcomeOfFault(error);
      }
    },
    async signUp(input) {
      try {
        return await (await signingUp()).signUp(options, input);
      } catch (error) {
        return faultOf(error);
      }
    },
    async requestSignUp(input) {
      try {
        return await (await signingUpByMail()).requestSignUp(options, input);
      } catch (error) {
        return faultOf(error);
      }
    },
    async completeSignUp(input) {
      try {
        return await (await signingUpByMail()).completeSignUp(options, input);
      } catch (error) {
        return faultOf(error);
      }
    },
    signOut: () => signOut(options),
    async restore() {
      const outcome = await refresh(undefined);
      if (outcome.status !== "refreshed") return outcome;
      const sessionId = session.current?.sessionId;
      return sessionId === undefined
        ? { status: "signed_out", reason: "not_signed_in" }
        : { status: "signed_in", sessionId };
    },
    get hint() {
      return session.hint;
    },
    get sessionId() {
      return session.current?.sessionId;
    },
    onChange: (listener) => session.onChange(listener),
  };
}

const SIGN_OUT_TIMEOUT_IN_MS = 5_000;

async function signOut({ session, callService, delivery }: AuthOptions): Promise<SignOutOutcome> {
  const known = session.current;
  // The credentials of a former process, or of another one that shares the store, may be there only.
  const read = await session.reload().catch(() => "unread" as const);
  if (read === "key_lost") return { status: "signed_out_here_only", cause: "device_key" };
  const tokens = session.current ?? known;
  session.leave();
  const answer =
    tokens || delivery === "cookie" ? await logout(callService, tokens, session.usable) : undefined;
  const isCleared = await session.end("signed_out");
  if (answer ? isOver(answer, delivery) : read === "read") return { status: "signed_out" };
  if (!answer || !isCleared) return { status: "signed_out_here_only", cause: "token_store" };
  return { status: "signed_out_here_only", cause: causeOf(answer) };
}

async function logout(
  callService: CallService,
  tokens: Tokens | undefined,
  usable: Tokens | undefined,
): Promise<ServiceAnswer> {
  const { refreshToken } = tokens ?? {};
  const send = (by: Tokens | undefined) =>
    callService({
      method: "POST",
      path: "/api/auth/logout",
      body: refreshToken === undefined ? {} : { refresh_token: refreshToken },
      tokens: by,
      timeoutInMs: SIGN_OUT_TIMEOUT_IN_MS,
    });
  const answer = await send(usable);
  // The token may have been too old after all; the refresh credential ends the session just as well.
  const isOld = usable && answer.status === "refused" && answer.httpStatus === 401;
  return isOld ? send(undefined) : answer;
}

/** Whether there is nothing left to be signed out of. */
function isOver(answer: ServiceAnswer, delivery: AuthOptions["delivery"]): boolean {
  if (answer.status !== "refused") return answer.status === "ok";
  if (answer.httpStatus !== 401) return false;
  // A session that is bound to another key lives on. What a browser's was bound to is lost for good.
  return delivery === "cookie" || answer.refusal.reason !== "device_mismatch";
}

function causeOf(answer: ServiceAnswer): Unavailable["cause"] {
  if (answer.status === "unavailable") return answer.cause;
  return answer.status === "refused" && answer.refusal.reason === "device_mismatch" ? "device_key" : "server";
}
