import type { Auth } from "../../client/session/auth";
import type { SignUpOptionsOutcome, SignUpOutcome } from "../../client/session/sign-up";
import type { NewPasskey, PasskeyCreationOptions } from "../../contract/passkeys";
import type { Made } from "../lib/make-passkey";
import type { PasskeyBrowser } from "../lib/passkey-browser";

/** An account that somebody asks for. */
export interface JoinWish {
  readonly invitation: string;
  readonly username: string;
  readonly displayName: string;
}

type NotMade = Extract<Made, { status: "not_made" }>;
export type PasskeyJoinOutcome =
  | SignUpOutcome
  | Exclude<SignUpOptionsOutcome, { status: "ready" }>
  | NotMade
  | {
      readonly status: "not_made";
      readonly tone: "calm" | "error";
      readonly key: "join.confirmPasskey" | "join.again";
    };

export interface PasskeyJoinOptions {
  readonly auth: () => Promise<Pick<Auth, "signUpOptions" | "signUp" | "getTicket" | "signInWithPasskey">>;
  readonly make: (options: PasskeyCreationOptions) => Promise<Made>;
  readonly browser: Pick<PasskeyBrowser, "ask" | "forget">;
  /** Milliseconds, from anywhere. */
  readonly now: () => number;
}

/** Options serve five minutes; the person needs a part of them for the browser's dialog. */
const OPTIONS_KEPT_IN_MS = 180_000;

/** A passkey that was sent, and of which nothing was heard. */
interface Sent {
  readonly wish: JoinWish;
  readonly rpId: string;
  readonly passkey: NewPasskey;
}

/**
 * Makes an account with a passkey. Pressed again after the dialog was closed, it opens the dialog at once; after a lost answer
 * it finds out what became of the account, so that nobody is left with one that they cannot enter.
 */
export class PasskeyJoin {
  readonly #options: PasskeyJoinOptions;
  #asked:
    | { readonly wish: JoinWish; readonly options: PasskeyCreationOptions; readonly at: number }
    | undefined;
  #sent: Sent | undefined;

  constructor(options: PasskeyJoinOptions) {
    this.#options = options;
  }

  async join(wish: JoinWish): Promise<PasskeyJoinOutcome> {
    const sent = this.#sent;
    if (sent && isSame(sent.wish, wish)) return this.#sendAgain(sent);
    this.#sent = undefined;
    const asked = await this.#ask(wish);
    if (asked.status !== "ready") return asked;
    const { options } = asked;
    const made = await this.#options.make(options);
    if (made.status !== "made") return made;
    this.#asked = undefined;
    this.#sent = { wish, rpId: options.rp.id, passkey: made.credential };
    return this.#send(this.#sent);
  }

  async #ask(wish: JoinWish): Promise<SignUpOptionsOutcome> {
    const { auth, now } = this.#options;
    const before = this.#asked;
    if (before && isSame(before.wish, wish) && now() - before.at < OPTIONS_KEPT_IN_MS)
      return { status: "ready", options: before.options };
    const outcome = await (await auth()).signUpOptions({ ...wish, captcha: "solve" });
    this.#asked = outcome.status === "ready" ? { wish, options: outcome.options, at: now() } : undefined;
    return outcome;
  }

  async #send(sent: Sent): Promise<PasskeyJoinOutcome> {
    const outcome = await this.#signUp(sent);
    if (outcome.status === "unavailable" || outcome.status === "signed_in") return outcome;
    this.#forget(sent);
    return outcome.status === "invalid_passkey" ? again : outcome;
  }

  /** What was lost may have been the request, or the answer to it. */
  async #sendAgain(sent: Sent): Promise<PasskeyJoinOutcome> {
    const outcome = await this.#signUp(sent);
    if (outcome.status === "unavailable" || outcome.status === "signed_in") return outcome;
    const auth = await this.#options.auth();
    const issued = await auth.getTicket();
    if (issued.status !== "issued") return issued;
    const { ticket } = issued;
    const { passkey_options: asks } = ticket;
    if (!asks) return again;
    const asked = await this.#options.browser.ask(asks, "dialog");
    if (asked.status !== "signed") return { status: "not_made", tone: "calm", key: "join.confirmPasskey" };
    const signedIn = await auth.signInWithPasskey({ ticket, passkey: asked.passkey });
    if (signedIn.status !== "invalid_passkey") return signedIn;
    if (signedIn.isUnknown && asked.passkey.id === sent.passkey.id) this.#forget(sent);
    return again;
  }

  async #signUp({ wish, passkey }: Sent): Promise<SignUpOutcome> {
    return (await this.#options.auth()).signUp({ ...wish, passkey });
  }

  /** Its account will not be: the browser is not to offer it. */
  #forget({ rpId, passkey }: Sent): void {
    this.#options.browser.forget(rpId, passkey.id);
    this.#sent = undefined;
  }
}

function isSame(a: JoinWish, b: JoinWish): boolean {
  return a.invitation === b.invitation && a.username === b.username && a.displayName === b.displayName;
}

const again = { status: "not_made", tone: "error", key: "join.again" } as const;
