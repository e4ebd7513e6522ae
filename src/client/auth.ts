import type { Refresh, RefreshOutcome } from "./refresh";
import type { CallService, Unavailable } from "./service";
import type { SessionChange, SessionState } from "./session-state";
import {
  encryptUnder,
  getTicket,
  type PasswordSignIn,
  type SignInOptions,
  type SignInOutcome,
  signInWithPassword,
  type Ticket,
  type TicketOutcome,
} from "./sign-in";
import { type CaptchaOutcome, solveCaptcha } from "./solve-captcha";

export type RestoreOutcome =
  | { readonly status: "signed_in"; readonly sessionId: string }
  | Exclude<RefreshOutcome, { readonly status: "refreshed" }>;

export type SignOutOutcome =
  | { readonly status: "signed_out" }
  /** The tokens are gone from this browser, but the service could not be told: the session there lives on. */
  | { readonly status: "signed_out_here_only"; readonly cause: Unavailable["cause"] };

/** Signing in and out. Nothing here throws for a refusal or a fault: outcomes are unions on `status`. */
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
   * `captcha_required` or `captcha_failed` outcome is to be handed in again with the answer.
   */
  signInWithPassword(input: PasswordSignIn): Promise<SignInOutcome>;
  /** Ends the session on the service, here and in the other tabs. Here even when the service cannot be reached. */
  signOut(): Promise<SignOutOutcome>;
  /** At the start of a page or process: another tab's token, the stored one, or a refresh. */
  restore(): Promise<RestoreOutcome>;
  /** Without a request: "unknown" before `restore()` where nobody has signed in yet. */
  readonly hint: "signed_in" | "signed_out" | "unknown";
  /** The present session's id, once a token is here. */
  readonly sessionId: string | undefined;
  /** @returns how to stop listening */
  onChange(listener: (change: SessionChange) => void): () => void;
}

export interface AuthOptions extends SignInOptions {
  readonly refresh: Refresh;
}

export function createAuth(options: AuthOptions): Auth {
  const { session, callService, refresh } = options;
  return {
    getTicket: () => getTicket(callService),
    solveCaptcha: (ticket) => solveCaptcha(callService, ticket),
    encrypt: encryptUnder,
    async signInWithPassword(input) {
      try {
        return await signInWithPassword(options, input);
      } catch {
        // Encrypting failed: no WebCrypto outside https and localhost, or a chunk that did not load. A token store that
        // cannot be written comes here too.
        return { status: "unavailable", cause: globalThis.crypto?.subtle ? "network" : "device_key" };
      }
    },
    signOut: () => signOut(session, callService),
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

async function signOut(session: SessionState, callService: CallService): Promise<SignOutOutcome> {
  const refreshToken = session.current?.refreshToken;
  const logout = (tokens: SessionState["usable"]) =>
    callService({
      method: "POST",
      path: "/api/auth/logout",
      body: refreshToken === undefined ? {} : { refresh_token: refreshToken },
      tokens,
      timeoutInMs: SIGN_OUT_TIMEOUT_IN_MS,
    });
  session.leave();
  const tokens = session.usable;
  let answer = await logout(tokens);
  // The token may have been too old after all; the refresh credential ends the session just as well.
  if (answer.status === "refused" && answer.httpStatus === 401 && tokens) answer = await logout(undefined);
  await session.end("signed_out");
  if (answer.status === "ok" || (answer.status === "refused" && answer.httpStatus === 401)) {
    return { status: "signed_out" };
  }
  return { status: "signed_out_here_only", cause: answer.status === "unavailable" ? answer.cause : "server" };
}
