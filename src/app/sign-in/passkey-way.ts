import type { Auth } from "../../client/session/auth";
import type { PasskeyOutcome, Ticket } from "../../client/session/sign-in";
import type { PasskeyAssertion } from "../../contract/passkeys";
import type { PasskeyBrowser } from "../lib/passkey-browser";
import { faultMessage, type SignInMessage, type Surroundings } from "./sign-in-view";
import type { SignInViewStore } from "./sign-in-view-store";
import type { TicketHolder } from "./ticket-holder";

/** An answer under a ticket that ends sooner would come too late. */
const MARGIN_IN_MS = 10_000;

export interface PasskeyWayOptions {
  readonly auth: Pick<Auth, "signInWithPasskey">;
  readonly browser: PasskeyBrowser;
  readonly tickets: TicketHolder;
  readonly store: SignInViewStore;
  readonly surroundings: () => Surroundings;
  readonly onSignedIn: () => void;
}

/**
 * The other way in on the sign-in page: a passkey, which the browser offers where the name is typed, or for which the
 * button asks. Whatever comes of it, what was typed stays.
 */
export class PasskeyWay {
  readonly #options: PasskeyWayOptions;
  /** Counts what is asked of the browser: an earlier offer ends when another begins. */
  #round = 0;

  constructor(options: PasskeyWayOptions) {
    this.#options = options;
  }

  /** Lets the browser offer passkeys in the field of the name, under one ticket after another, until one is chosen. */
  async offer(): Promise<void> {
    const { browser, tickets } = this.#options;
    this.#round += 1;
    const round = this.#round;
    if (!(await browser.canOffer())) return;
    while (round === this.#round) {
      const held = await tickets.obtain();
      const asks = held.status === "held" ? held.ticket.passkey_options : undefined;
      if (round !== this.#round || held.status !== "held" || !asks) return;
      const isOver = setTimeout(() => browser.stop(), held.endsAtInMs - this.#now() - MARGIN_IN_MS);
      const asked = await browser.ask(asks, "field");
      clearTimeout(isOver);
      if (round !== this.#round) return;
      if (asked.status === "signed") return this.#signIn(held.ticket, asked.passkey);
      const isRenewed = tickets.current !== held.ticket || held.endsAtInMs <= this.#now() + MARGIN_IN_MS;
      if (asked.status === "failed" || !isRenewed) return;
    }
  }

  /** The ticket was used up by a password: the offer goes on under the next one. */
  renew(): void {
    this.#options.browser.stop();
  }

  /** The button. */
  async use(): Promise<void> {
    const { browser, tickets, store } = this.#options;
    if (store.view.phase !== "ready") return;
    this.#round += 1;
    browser.stop();
    store.show({ phase: "passkey", message: null });
    const held = await tickets.obtain();
    if (held.status !== "held") {
      // Nothing is offered: that would ask for a ticket again at once.
      return store.show({ phase: "ready", message: faultMessage(held, this.#options.surroundings()) });
    }
    const asks = held.ticket.passkey_options;
    if (!asks) return this.#settle({ status: "error", key: "signIn.passkey.notHere" });
    const asked = await browser.ask(asks, "dialog");
    if (asked.status === "signed") return this.#signIn(held.ticket, asked.passkey);
    const wasCancelled = asked.status === "cancelled";
    this.#settle(
      wasCancelled
        ? { status: "calm", key: "signIn.passkey.cancelled" }
        : { status: "error", key: "signIn.passkey.failed" },
    );
  }

  close(): void {
    this.#round += 1;
    this.#options.browser.stop();
  }

  async #signIn(ticket: Ticket, passkey: PasskeyAssertion): Promise<void> {
    const { auth, browser, tickets, store, onSignedIn } = this.#options;
    this.#round += 1;
    store.show({ phase: "signing_in", message: null });
    const outcome = await auth.signInWithPasskey({ ticket, passkey });
    tickets.drop();
    if (outcome.status === "signed_in") {
      store.show({ phase: "signed_in" });
      return onSignedIn();
    }
    if (outcome.status === "deletion_pending") return store.show({ phase: "ready", pending: outcome });
    if (outcome.status === "invalid_passkey" && outcome.isUnknown && ticket.passkey_options)
      browser.forget(ticket.passkey_options.rpId, passkey.id);
    this.#settle(this.#words(outcome));
  }

  #words(outcome: Exclude<PasskeyOutcome, { status: "signed_in" | "deletion_pending" }>): SignInMessage {
    switch (outcome.status) {
      case "invalid_passkey":
        return {
          status: "error",
          key: outcome.isUnknown ? "signIn.passkey.unknown" : "signIn.passkey.failed",
        };
      case "ticket_expired":
        return { status: "calm", key: "signIn.passkey.again" };
      default:
        return faultMessage(outcome, this.#options.surroundings());
    }
  }

  #settle(message: SignInMessage): void {
    this.#options.store.show({ phase: "ready", message });
    void this.offer();
  }

  #now(): number {
    return this.#options.surroundings().nowInMs;
  }
}
