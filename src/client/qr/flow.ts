import { DEFAULT_WAIT_IN_SECONDS } from "../../contract/limits";
import type { NoAnswer, QrCalls } from "./calls";
import { createDueTimer } from "./due-timer";
import type { PageSurroundings } from "./page";
import { type QrEvent, reduce } from "./reduce";
import { type QrCode, type QrState, resumed } from "./state";
import type { QrCommand } from "./tab-messages";
import { type CodeWatch, type WatchOptions, watchCode } from "./watch-code";

export interface QrFlowOptions extends WatchOptions {
  readonly calls: QrCalls;
  readonly page: PageSurroundings;
  /** Called with each new state, the first included. */
  readonly onState: (state: QrState) => void;
}

const FIRST_RETRY_IN_MS = 2_000;
const MAX_RETRY_IN_MS = 60_000;

/** Does what the states ask for: asks for codes, watches them, redeems, and cancels what nobody waits for. */
export class QrFlow {
  readonly #options: QrFlowOptions;
  readonly #watches = new Map<string, CodeWatch>();
  readonly #stopListening: () => void;
  readonly #timer: ReturnType<typeof createDueTimer>;
  #state: QrState;
  #isCreating = false;
  #redeemed: string | undefined;
  #failures = 0;
  #isStopped = false;

  /** @param state where another tab left off, or the first one */
  constructor(options: QrFlowOptions, state: QrState) {
    this.#options = options;
    this.#state = resumed(state);
    this.#timer = createDueTimer(options.now, () => this.look());
    this.#stopListening = options.page.onChange(() => this.look());
    options.onState(this.#state);
    this.#follow();
    this.look();
  }

  get state(): QrState {
    return this.#state;
  }

  do(command: QrCommand): void {
    switch (command.type) {
      case "look":
        // A caller who asks for it sees it, whatever this tab does.
        this.#look(true);
        return;
      case "enter":
        void this.#enter(command.digits);
        return;
      default:
        this.#dispatch(command);
    }
  }

  /** Time has passed, somebody looks, or the network is another. */
  look(): void {
    this.#look(this.#options.page.isVisible());
  }

  /** Lets go of everything; another tab that has the state can go on. */
  stop(): void {
    this.#isStopped = true;
    this.#stopListening();
    this.#timer.stop();
    for (const watch of this.#watches.values()) watch.stop();
    this.#watches.clear();
  }

  /** Stops, and tells the service that nobody waits any more. */
  abandon(): void {
    const { codes, phase } = this.#state;
    this.stop();
    // What was approved may already be on its way into this browser.
    if (phase.status === "redeeming") return;
    for (const code of codes) void this.#options.calls.cancel(code);
  }

  #look(isVisible: boolean): void {
    const { page, now } = this.#options;
    const isOnline = page.isOnline();
    const wasOnline = this.#state.isOnline;
    this.#dispatch({ type: "online", isOnline, isVisible });
    this.#dispatch({ type: "looked", nowInMs: now(), isVisible });
    if (isOnline && !wasOnline) for (const watch of this.#watches.values()) watch.wake();
  }

  #dispatch(event: QrEvent): void {
    if (this.#isStopped) return;
    const before = this.#state;
    const { state, abandoned } = reduce(before, event);
    for (const code of abandoned) void this.#options.calls.cancel(code);
    this.#state = state;
    if (state !== before) this.#options.onState(state);
    this.#follow();
  }

  /** Makes what is under way match the state. */
  #follow(): void {
    const { codes, phase } = this.#state;
    for (const [qrId, watch] of this.#watches) {
      if (codes.some((code) => code.qrId === qrId)) continue;
      watch.stop();
      this.#watches.delete(qrId);
    }
    for (const code of codes) if (!this.#watches.has(code.qrId)) this.#watch(code);
    if (phase.status === "asking" || phase.status === "renewing") void this.#create();
    const approved = phase.status === "redeeming" && codes.find((code) => code.qrId === phase.qrId);
    if (approved && this.#redeemed !== approved.qrId) void this.#redeem(approved);
    this.#timer.set(this.#state);
  }

  #watch(code: QrCode): void {
    const { qrId } = code;
    const watch = watchCode(this.#options, code, {
      onTold: (told) => {
        this.#dispatch({ type: "told", qrId, told, nowInMs: this.#options.now() });
        // It may have run out under somebody's eyes.
        this.look();
      },
      onUnreachable: () => this.#dispatch({ type: "unreachable" }),
    });
    this.#watches.set(qrId, watch);
  }

  async #create(): Promise<void> {
    if (this.#isCreating) return;
    this.#isCreating = true;
    const { calls, now } = this.#options;
    const outcome = await calls.create();
    this.#isCreating = false;
    if (outcome.status === "created") {
      this.#failures = 0;
      // The page went while it was on its way.
      if (this.#isStopped) void calls.cancel(outcome.code);
      this.#dispatch({ type: "created", code: outcome.code });
      return;
    }
    const { cause } = outcome;
    const retryInMs = retryDelay(outcome, this.#failures);
    this.#failures += 1;
    this.#dispatch({
      type: "not_created",
      cause,
      retryAtInMs: retryInMs === null ? null : now() + retryInMs,
    });
  }

  async #redeem(code: QrCode): Promise<void> {
    this.#redeemed = code.qrId;
    const { calls, page } = this.#options;
    for (let tries = 0; this.#isRedeeming(code); tries += 1) {
      const outcome = await calls.redeem(code);
      switch (outcome.status) {
        case "signed_in":
          this.#dispatch({ type: "redeemed", sessionId: outcome.sessionId });
          return;
        case "denied":
        case "unknown_device":
          this.#dispatch({ type: "not_redeemed", why: outcome.status });
          return;
        case "over":
          this.#dispatch({ type: "not_redeemed", why: "interrupted" });
          return;
        case "pending":
          await pause(code.intervalInMs, page);
          break;
        case "unavailable":
          if (outcome.cause === "token_store") {
            this.#dispatch({ type: "not_redeemed", why: "not_kept" });
            return;
          }
          await pause(retryDelay(outcome, tries) ?? MAX_RETRY_IN_MS, page);
      }
    }
  }

  #isRedeeming({ qrId }: QrCode): boolean {
    const { phase } = this.#state;
    return !this.#isStopped && phase.status === "redeeming" && phase.qrId === qrId;
  }

  async #enter(digits: string): Promise<void> {
    const { phase, codes } = this.#state;
    if (phase.status !== "scanned" || phase.entry.status === "checking") return;
    const { qrId } = phase;
    const code = codes.find((each) => each.qrId === qrId);
    if (!code) return;
    this.#dispatch({ type: "entry", qrId, entry: { status: "checking" } });
    const { calls, now } = this.#options;
    const outcome = await calls.enter(code, digits);
    if (outcome.status === "unavailable" && outcome.cause === "rate_limited") {
      const retryAtInMs = now() + (outcome.retryAfterInSeconds ?? DEFAULT_WAIT_IN_SECONDS) * 1000;
      this.#dispatch({ type: "entry", qrId, entry: { status: "too_many_attempts", retryAtInMs } });
      return;
    }
    // "over": the watch says how it ended.
    const status = outcome.status === "over" ? "unavailable" : outcome.status;
    this.#dispatch({ type: "entry", qrId, entry: { status } });
  }
}

/** Milliseconds; null when trying again by itself would not help. */
function retryDelay({ cause, retryAfterInSeconds }: NoAnswer, failures: number): number | null {
  if (cause === "wrong_address" || cause === "device_key" || cause === "client") return null;
  const backoffInMs = Math.min(FIRST_RETRY_IN_MS * 2 ** failures, MAX_RETRY_IN_MS);
  return Math.max(backoffInMs, (retryAfterInSeconds ?? 0) * 1000);
}

/** Until the time is over, or the network has changed. */
function pause(durationInMs: number, page: PageSurroundings): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, durationInMs);
    const stop = page.onChange(done);
  });
}
