import { DomainError } from "../../modules/domain-error";

/** A browser keeps one stream for all its tabs; a few more are for the moment in which one takes over from another. */
const MAX_STREAMS_PER_SESSION = 4;
const RETRY_AFTER_IN_SECONDS = 30;
const RETRY_AFTER_A_TAKEOVER_IN_SECONDS = 5;

/** Connections that are gone are found by writing to them, and proxies cut silent ones. */
const PING_EVERY_IN_MS = 15_000;

/** The live event streams of this process, on either face: how many there are, and the signs of life of the plain ones. */
export class EventStreams {
  readonly #max: number;
  readonly #pinged = new Set<() => void>();
  readonly #ofSession = new Map<string, number>();
  #open = 0;
  #isStopping = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor({ max }: { readonly max: number }) {
    this.#max = max;
  }

  get openCount(): number {
    return this.#open;
  }

  /** Whether they end because the process does: who comes again at once finds another one. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  noteStopping(): void {
    this.#isStopping = true;
  }

  /** @throws DomainError `temporarily_unavailable` when there are as many streams as may be, on all sides together */
  requireRoom(): void {
    if (this.#open < this.#max) return;
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: RETRY_AFTER_IN_SECONDS });
  }

  /**
   * @returns how to give the place back, once
   * @throws DomainError `temporarily_unavailable` when there are as many streams as may be
   */
  take(): () => void {
    this.requireRoom();
    this.#open += 1;
    return () => {
      this.#open -= 1;
    };
  }

  /**
   * A place among those of a session.
   *
   * @returns how to give it back, once
   * @throws DomainError as {@link take}; `too_many_attempts` when the session has its share
   */
  takeOfSession(sessionId: string): () => void {
    const open = this.#ofSession.get(sessionId) ?? 0;
    if (open >= MAX_STREAMS_PER_SESSION) {
      throw new DomainError("too_many_attempts", { retryAfterInSeconds: RETRY_AFTER_A_TAKEOVER_IN_SECONDS });
    }
    const giveBack = this.take();
    this.#ofSession.set(sessionId, open + 1);
    return () => {
      giveBack();
      const left = (this.#ofSession.get(sessionId) ?? 1) - 1;
      if (left > 0) this.#ofSession.set(sessionId, left);
      else this.#ofSession.delete(sessionId);
    };
  }

  /** Calls `ping` now and then, by one timer for all. @returns how to stop it */
  keepAlive(ping: () => void): () => void {
    this.#pinged.add(ping);
    this.#timer ??= setInterval(() => this.#ping(), PING_EVERY_IN_MS).unref();
    return () => {
      this.#pinged.delete(ping);
      if (this.#pinged.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  #ping(): void {
    for (const ping of this.#pinged) ping();
  }
}
