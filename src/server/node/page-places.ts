import type { IncomingMessage, ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import pLimit from "p-limit";
import { refuse } from "./refuse";

export type PageHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export interface PagePlaces {
  /** How many are rendered at once. */
  readonly atOnce?: number;
  /** How many may wait for that; beyond it the service says that it is busy. */
  readonly queueLimit?: number;
}

/**
 * Rendering goes on without a pause where nothing has to be waited for, so between two pages everybody has a turn: several,
 * because Node takes one new connection in each.
 */
const TURNS_BETWEEN_PAGES = 16;

/** One page takes this long on a slow core; only the advice on when to come back depends on it. */
const EXPECTED_DURATION_IN_SECONDS = 0.02;

/**
 * Renders a bounded number of pages at a time, in the order they were asked for: rendering takes the processor on which
 * everything else is answered too. A page that only waits for its reader keeps no place.
 */
export function limitPages(
  pages: PageHandler,
  { atOnce = 2, queueLimit = 500 }: PagePlaces = {},
): PageHandler {
  const pool = pLimit(atOnce);
  return async (request, response) => {
    if (pool.pendingCount >= queueLimit) {
      const retryAfterInSeconds = Math.ceil(queueLimit * EXPECTED_DURATION_IN_SECONDS);
      return refuse(response, "temporarily_unavailable", { retryAfterInSeconds });
    }
    let rendering: Promise<void> | undefined;
    await pool(async () => {
      for (let turn = 0; turn < TURNS_BETWEEN_PAGES; turn += 1) await setImmediate();
      // Whoever asked may be gone by now.
      if (response.destroyed) return;
      const reader = untilReaderIsAwaited(response);
      rendering = Promise.resolve(pages(request, response));
      await Promise.race([rendering.catch(() => undefined), reader]);
    });
    await rendering;
  };
}

/** Resolves when the answer has come further than its reader, or when there is no reader any more. */
function untilReaderIsAwaited(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("close", resolve);
    const write = response.write;
    // The only sign of it: there is an event for the end of waiting and none for its beginning.
    response.write = function writeAndNotice(this: ServerResponse, ...args: Parameters<typeof write>) {
      const hasRoom = write.apply(this, args);
      if (!hasRoom) resolve();
      return hasRoom;
    } as typeof write;
  });
}
