import type { Clock, RandomSource, RateLimiter } from "../ports";
import {
  MailFault,
  type MailKind,
  type MailStore,
  type MailTransport,
  type OutgoingMailRecord,
} from "./mail";
import type { Outbox } from "./outbox";
import { CLAIM_IN_SECONDS, MAX_WAIT_IN_SECONDS, TRY_IN_SECONDS, waitAfter } from "./waits";

/** How often each process looks for mails that are due, in real time: those of others, and those that were put off. */
const LOOK_EVERY_MS = 5000;
const NUDGE_AFTER_MS = 200;
const SLICE = 50;

/**
 * Each lane has its own connections: what one kind of mail fills or holds up, another does not wait for.
 */
export interface MailLane {
  readonly kinds: readonly MailKind[];
  /** At once, in one process. */
  readonly connections: number;
  /** Of kinds that are put into the outbox in any number: so many are sent in its window, over all instances, and others wait. */
  readonly budget?: RateLimiter;
}

export interface MailSenderOptions {
  readonly store: MailStore;
  readonly outbox: Outbox;
  readonly transport: MailTransport;
  readonly lanes: readonly MailLane[];
  /** @returns the mail as it goes out; undefined for a kind that this version does not know */
  readonly write: (
    mail: OutgoingMailRecord,
    data: NonNullable<ReturnType<Outbox["open"]>>,
  ) => Parameters<MailTransport["send"]>[0] | undefined;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: { warn(facts: object, text: string): void };
}

/**
 * Sends what is in the outbox, beside everything else: nobody's answer waits for it.
 *
 * A row is claimed before it is sent and deleted afterwards. So it is sent by one of several instances, and again only if
 * that one ended in between; then the receiver may get it twice, with the same Message-ID.
 */
export class MailSender {
  readonly #options: MailSenderOptions;
  /** Of each lane: what is under way, and what begins after it. */
  readonly #running = new Map<MailLane, Promise<void>>();
  readonly #waiting = new Map<MailLane, Promise<void>>();
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #nudged: NodeJS.Timeout | undefined;
  #lastFailure: { readonly at: Date; readonly reason: string } | null = null;

  constructor(options: MailSenderOptions) {
    this.#options = options;
  }

  /** Of this process, since it began. The reason holds no address. */
  get lastFailure() {
    return this.#lastFailure;
  }

  start(): void {
    this.#timer = setInterval(() => this.nudge(), LOOK_EVERY_MS);
    this.#timer.unref();
    this.nudge();
  }

  /** Ends what is under way; another instance, or the next start, goes on with it. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#nudged);
    this.#stopping.abort();
    await Promise.all([...this.#running.values(), ...this.#waiting.values()]);
  }

  /**
   * Looks for what is due, soon and without anybody waiting for it. Not at once: what an answer takes must not tell whether
   * there was a mail to send.
   */
  nudge(): void {
    if (this.#nudged || this.#stopping.signal.aborted) return;
    this.#nudged = setTimeout(() => {
      this.#nudged = undefined;
      void this.sendDue();
    }, NUDGE_AFTER_MS + this.#options.random.integer(NUDGE_AFTER_MS));
    this.#nudged.unref();
  }

  /** Resolves when all that was due has been tried. It does not fail. */
  async sendDue(): Promise<void> {
    await Promise.all(this.#options.lanes.map((lane) => this.#drain(lane)));
  }

  /** One after another; whoever asks while one is waiting shares that one. */
  #drain(lane: MailLane): Promise<void> {
    const waiting = this.#waiting.get(lane);
    if (waiting) return waiting;
    const run = (this.#running.get(lane) ?? Promise.resolve()).then(async () => {
      this.#waiting.delete(lane);
      this.#running.set(lane, run);
      await this.#sendAllOf(lane).catch((error: unknown) =>
        this.#options.log.warn({ err: error }, "mail will be looked for again"),
      );
    });
    this.#waiting.set(lane, run);
    return run;
  }

  async #sendAllOf({ kinds, connections, budget }: MailLane): Promise<void> {
    const { store, clock } = this.#options;
    for (;;) {
      const now = clock.now();
      const latestDueAt = secondsAfter(now, CLAIM_IN_SECONDS + MAX_WAIT_IN_SECONDS);
      const due = await store.listDue({ kinds, now, latestDueAt, limit: SLICE });
      let canSend = due.length > 0;
      const sendOn = async () => {
        for (let mail = due.shift(); mail && canSend && !this.#stopping.signal.aborted; mail = due.shift()) {
          canSend = (await isWithin(budget)) && (await this.#sendOne(mail, budget));
        }
      };
      await Promise.all(Array.from({ length: connections }, sendOn));
      if (!canSend || this.#stopping.signal.aborted) return;
    }
  }

  /** @returns false where nothing can be sent at the moment */
  async #sendOne(seen: OutgoingMailRecord, budget: RateLimiter | undefined): Promise<boolean> {
    const { store, outbox, transport, write, clock } = this.#options;
    if (!(await store.claim(seen, secondsAfter(clock.now(), CLAIM_IN_SECONDS)))) {
      // Another instance sends it, and has counted it.
      await budget?.giveBack("");
      return true;
    }
    const mail = { ...seen, tries: seen.tries + 1 };
    const data = outbox.open(mail);
    const message = data && write(mail, data);
    if (!message) {
      await this.#giveUp(mail, data ? "unknown kind" : "the secret it was sealed with is gone");
      return true;
    }
    try {
      await transport.send(
        message,
        AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(TRY_IN_SECONDS * 1000)]),
      );
    } catch (error) {
      return this.#afterFault(mail, error);
    }
    await store.remove(mail.id);
    return true;
  }

  async #afterFault(mail: OutgoingMailRecord, error: unknown): Promise<boolean> {
    const { store, clock, random, log } = this.#options;
    const fault =
      error instanceof MailFault
        ? error
        : new MailFault(
            "no answer",
            { isFinal: false, isOfServer: false, reason: "no reason known" },
            { cause: error },
          );
    const now = clock.now();
    this.#lastFailure = { at: now, reason: fault.reason };
    const dueAt = this.#stopping.signal.aborted ? now : secondsAfter(now, waitAfter(mail.tries, random));
    if (fault.isFinal || dueAt >= mail.expiresAt) {
      await this.#giveUp(mail, fault.reason);
    } else {
      await store.postpone(mail, dueAt);
      log.warn({ ...factsOf(mail), reason: fault.reason }, "a mail could not be sent yet");
    }
    return !fault.isOfServer;
  }

  async #giveUp(mail: OutgoingMailRecord, reason: string): Promise<void> {
    await this.#options.store.remove(mail.id);
    this.#options.log.warn({ ...factsOf(mail), reason }, "a mail was given up");
  }
}

/** Counts one. It is not given back when the server refuses the mail: a try is what a budget bounds. */
async function isWithin(budget: RateLimiter | undefined): Promise<boolean> {
  return budget === undefined || (await budget.consume("")) === 0;
}

/** For the log. DANGER: neither what it holds nor whom it is for. */
function factsOf({ id, kind, tries }: OutgoingMailRecord) {
  return { mail: id, kind, tries };
}

function secondsAfter(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}
