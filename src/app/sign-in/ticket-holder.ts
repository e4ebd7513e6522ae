import type { Auth } from "../../client/session/auth";
import type { Ticket } from "../../client/session/sign-in";
import type { Fault } from "./sign-in-view";

export interface HeldTicket {
  readonly status: "held";
  readonly ticket: Ticket;
  readonly endsAtInMs: number;
}

/** Time that a ticket must still have for an answer to arrive. */
const MARGIN_IN_MS = 10_000;

/** The ticket of the page: fetched once for all who ask at the same time, and again when it is nearly over. */
export class TicketHolder {
  readonly #auth: Pick<Auth, "getTicket">;
  readonly #now: () => number;
  #held: HeldTicket | null = null;
  #obtaining: Promise<HeldTicket | Fault> | null = null;

  /** @param now milliseconds since the epoch */
  constructor(auth: Pick<Auth, "getTicket">, now: () => number) {
    this.#auth = auth;
    this.#now = now;
  }

  get current(): Ticket | null {
    return this.#held?.ticket ?? null;
  }

  async obtain(): Promise<HeldTicket | Fault> {
    if (this.#held && this.#held.endsAtInMs > this.#now() + MARGIN_IN_MS) return this.#held;
    this.#obtaining ??= this.#fetch().finally(() => {
      this.#obtaining = null;
    });
    return this.#obtaining;
  }

  /** The same ticket with another check hanging on it. */
  renewCheck(ticket: Ticket): void {
    if (this.#held) this.#held = { ...this.#held, ticket };
  }

  drop(): void {
    this.#held = null;
  }

  async #fetch(): Promise<HeldTicket | Fault> {
    this.#held = null;
    const outcome = await this.#auth.getTicket();
    if (outcome.status !== "issued") return outcome;
    const { ticket } = outcome;
    this.#held = { status: "held", ticket, endsAtInMs: this.#now() + ticket.expires_in * 1000 };
    return this.#held;
  }
}
