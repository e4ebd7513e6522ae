import { DomainError } from "../domain-error";
import type { AwaitedRows, Clock, DomainEvent, EventBus } from "../ports";
import { type QrLoginRecord, type QrLoginStore, stateOf } from "./qr-login-record";
import { isOver } from "./state";

/** A browser keeps one stream for all its tabs; a few more are for the moment in which one takes over from another. */
const MAX_STREAMS_PER_QR = 4;
/** Expiry is no event of anybody's: so often it is looked for, in memory. */
const EXPIRY_LOOK_IN_MS = 1_000;
/** What was missed may carry a time a little before our last look. */
const OVERLAP_IN_MS = 5_000;

/** One who waits: it hears the present state first, then each change, and `end` after the last. */
export interface QrWatcher {
  /** @param row undefined when its time is over, or when there is none any more */
  next(row: QrLoginRecord | undefined, now: Date): void;
  end(): void;
}

/** The places of all streams together. */
export interface StreamPlaces {
  /** @throws DomainError `temporarily_unavailable` when all are taken */
  requireRoom(): void;
  /**
   * @returns how to give the place back
   * @throws DomainError as {@link requireRoom}
   */
  take(): () => void;
}

export interface QrWatchOptions {
  readonly store: QrLoginStore;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly awaitedRows: AwaitedRows;
  readonly streams: StreamPlaces;
  /** Awaited before anything is told. */
  readonly onDisk: () => Promise<void> | undefined;
}

interface Watched {
  /** Each with how to give its place among all streams back. */
  readonly watchers: Map<QrWatcher, () => void>;
  readonly stopAwaiting: () => void;
  /** Of the newest row that was told. */
  revision: number;
  expiresAt: Date | null;
}

/**
 * Tells waiting computers what becomes of their requests. While nothing happens it asks the database nothing: events
 * name the row to read, and a gap leads to one query for all that changed.
 */
export class QrWatch {
  readonly #options: QrWatchOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #stopListening: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #lastLook: Date;
  #isClosed = false;

  constructor(options: QrWatchOptions) {
    this.#options = options;
    this.#lastLook = options.clock.now();
    this.#stopListening = options.events.subscribe((event) => this.#hear(event));
  }

  /**
   * @returns how to stop watching
   * @throws DomainError `too_many_attempts` when the request has its share of streams, `temporarily_unavailable` when
   *   there are as many as may be
   */
  watch(qrId: string, watcher: QrWatcher): () => void {
    this.requireRoom(qrId);
    const giveBack = this.#options.streams.take();
    const awaited = this.#watched.has(qrId)
      ? undefined
      : this.#options.awaitedRows.add({ kind: "qr", id: qrId });
    const watched = this.#watched.get(qrId) ?? {
      watchers: new Map(),
      stopAwaiting: awaited?.stop ?? (() => undefined),
      revision: -1,
      expiresAt: null,
    };
    watched.watchers.set(watcher, giveBack);
    this.#watched.set(qrId, watched);
    this.#timer ??= setInterval(() => this.#endExpired(), EXPIRY_LOOK_IN_MS).unref();
    // Read only now: what changes from here on is heard, and what changed before is seen by this look.
    void (awaited?.isSeen ?? Promise.resolve()).then(() => this.#tell(qrId, watcher));
    return () => this.#remove(qrId, watcher);
  }

  /** @throws DomainError as {@link watch}, for those who must know before they begin to answer */
  requireRoom(qrId: string): void {
    if (this.#isClosed) throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
    if ((this.#watched.get(qrId)?.watchers.size ?? 0) >= MAX_STREAMS_PER_QR) {
      throw new DomainError("too_many_attempts", { retryAfterInSeconds: 5 });
    }
    this.#options.streams.requireRoom();
  }

  /** Ends every stream, and begins no other. */
  close(): void {
    this.#isClosed = true;
    this.#stopListening();
    this.#endAll();
  }

  #endAll(): void {
    for (const [qrId, { watchers }] of [...this.#watched]) {
      for (const watcher of [...watchers.keys()]) this.#finish(qrId, watcher);
    }
  }

  #hear(event: DomainEvent): void {
    if (event.type === "qr_changed" && this.#watched.has(event.qrId)) void this.#tell(event.qrId);
    if (event.type === "gap" && this.#watched.size > 0) void this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    const { store, clock } = this.#options;
    const now = clock.now();
    // The clock may have been set back since the last look.
    const since = new Date(Math.min(this.#lastLook.getTime(), now.getTime()) - OVERLAP_IN_MS);
    let changed: readonly { readonly id: string }[];
    try {
      changed = await store.listChangedSince(since);
    } catch {
      // What it would have found nobody reports again, and a stream must not be silent: the client connects again.
      this.#endAll();
      return;
    }
    this.#lastLook = now;
    for (const { id } of changed) if (this.#watched.has(id)) void this.#tell(id);
  }

  /** Reads the row and tells its watchers, or only the one that has just come. */
  async #tell(qrId: string, newcomer?: QrWatcher): Promise<void> {
    const { store, clock, onDisk } = this.#options;
    let row: QrLoginRecord | undefined;
    try {
      row = await store.find(qrId);
      await onDisk();
    } catch {
      // Without an answer of the database a stream would be silent: the client connects again.
      for (const watcher of [...(this.#watched.get(qrId)?.watchers.keys() ?? [])])
        this.#finish(qrId, watcher);
      return;
    }
    const watched = this.#watched.get(qrId);
    if (!watched) return;
    // Something newer was delivered while this was read, to the new listener too.
    if (row && row.revision < watched.revision) return;
    const isNews = !row || row.revision > watched.revision;
    if (row && isNews) Object.assign(watched, { revision: row.revision, expiresAt: row.expiresAt });
    const now = clock.now();
    const hasEnded = !row || isOver(stateOf(row, now));
    for (const watcher of isNews ? [...watched.watchers.keys()] : newcomer ? [newcomer] : []) {
      watcher.next(row, now);
      if (hasEnded) this.#finish(qrId, watcher);
    }
  }

  #endExpired(): void {
    const now = this.#options.clock.now();
    for (const [qrId, { watchers, expiresAt }] of [...this.#watched]) {
      if (!expiresAt || expiresAt > now) continue;
      for (const watcher of [...watchers.keys()]) {
        watcher.next(undefined, now);
        this.#finish(qrId, watcher);
      }
    }
  }

  #finish(qrId: string, watcher: QrWatcher): void {
    this.#remove(qrId, watcher);
    watcher.end();
  }

  #remove(qrId: string, watcher: QrWatcher): void {
    const watched = this.#watched.get(qrId);
    const giveBack = watched?.watchers.get(watcher);
    if (!watched || !giveBack) return;
    giveBack();
    watched.watchers.delete(watcher);
    if (watched.watchers.size > 0) return;
    this.#watched.delete(qrId);
    watched.stopAwaiting();
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
