import { closeSync, existsSync, fdatasync, openSync } from "node:fs";
import type Sqlite from "better-sqlite3";

/** Brings a file's content to the disk, on another thread. */
export type SyncFile = (descriptor: number) => Promise<void>;

/**
 * Says when what was written through a connection is on disk, so that nothing is answered before.
 *
 * The connection commits without waiting for the disk (`synchronous=NORMAL`). A caller who is about to answer waits here, and
 * one sync of the write-ahead log, on another thread, serves all that was committed before it began: while it runs the
 * event loop goes on, and the next one serves all who have come meanwhile.
 *
 * SQLite itself is asked whether anything was written, so that no way of writing can be forgotten.
 */
export class DiskBarrier {
  readonly #connection: Sqlite.Database;
  readonly #logs: readonly string[];
  readonly #syncFile: SyncFile;
  readonly #countChanges: Sqlite.Statement<unknown[], number>;
  readonly #descriptors = new Map<string, number>();
  #changesOnDisk = 0;
  #running: Promise<void> | undefined;
  #mustCheckpoint = false;

  /** @param logs the write-ahead logs of all databases that are written through the connection */
  constructor(connection: Sqlite.Database, logs: readonly string[], syncFile: SyncFile = syncOnThread) {
    this.#connection = connection;
    this.#logs = logs;
    this.#syncFile = syncFile;
    this.#countChanges = connection
      .prepare<unknown[], number>("SELECT total_changes()")
      .safeIntegers(false)
      .pluck();
  }

  /**
   * @returns undefined when everything is on disk; else what resolves as soon as all that was written before this call is
   * @throws what the disk said, when it refuses; then nothing passes until the whole database is on disk again
   */
  pass(): Promise<void> | undefined {
    const changes = this.#changes();
    return changes <= this.#changesOnDisk && !this.#mustCheckpoint ? undefined : this.#wait(changes);
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor);
    this.#descriptors.clear();
  }

  async #wait(changes: number): Promise<void> {
    while (this.#changesOnDisk < changes || this.#mustCheckpoint) {
      // One that runs already may have begun before our commit: then the next one is ours.
      this.#running ??= this.#sync().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
  }

  async #sync(): Promise<void> {
    // Within a transaction that spans turns, as some of Prisma's do, what has changed is not in the log yet.
    const covered = this.#connection.inTransaction ? this.#changesOnDisk : this.#changes();
    try {
      if (this.#mustCheckpoint) this.#checkpoint();
      else await Promise.all(this.#open().map((descriptor) => this.#syncFile(descriptor)));
    } catch (error) {
      this.#mustCheckpoint = true;
      throw error;
    }
    this.#changesOnDisk = covered;
  }

  /**
   * A system reports a failed sync once, and takes the pages that it lost for written: a second sync would report that all is
   * well. So they are read from the log and written again, into the database's own file.
   */
  #checkpoint(): void {
    const results = this.#connection.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[];
    if (results.some(({ busy }) => busy !== 0))
      throw new Error("the write-ahead log could not be brought in");
    this.#mustCheckpoint = false;
  }

  #changes(): number {
    return this.#countChanges.get() ?? 0;
  }

  /** The first write makes a log; it then keeps its place for as long as the connection is open. */
  #open(): readonly number[] {
    for (const log of this.#logs) {
      if (!this.#descriptors.has(log) && existsSync(log)) this.#descriptors.set(log, openSync(log, "r"));
    }
    return [...this.#descriptors.values()];
  }
}

function syncOnThread(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(descriptor, (error) => (error ? reject(error) : resolve()));
  });
}
