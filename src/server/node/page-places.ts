import type { IncomingMessage, ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { FairTurns, type Party, SharedPlaces } from "../../modules/rate-limits";
import { refuse } from "./refuse";

export type PageHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** @param party whose request it is */
export type BoundedPageHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  party: Party,
) => Promise<void> | void;

export interface PagePlaces {
  /** How many are rendered at once. */
  readonly atOnce?: number;
  /** How many may wait for that; beyond it, and to a party that has many waiting sooner, the service says that it is busy. */
  readonly queueLimit?: number;
  /** How many connections the service has taken so far. */
  readonly takenConnections?: () => number;
}

/** Rendering goes on without a pause where nothing has to be waited for, so between two pages everybody has a few turns. */
const TURNS_BETWEEN_PAGES = 16;
/** Node takes one new connection in a turn. As long as they come the next page waits, but not for ever. */
const MAX_TURNS_BETWEEN_PAGES = 512;

/** One page takes this long on a slow core; only the advice on when to come back depends on it. */
const EXPECTED_DURATION_IN_SECONDS = 0.02;

/**
 * Renders a bounded number of pages at a time: rendering takes the processor on which everything else is answered too. Those
 * that wait have turns by party, and no party gets all places. A page that only waits for its reader keeps none.
 */
export function limitPages(
  pages: PageHandler,
  { atOnce = 2, queueLimit = 1_000, takenConnections = () => 0 }: PagePlaces = {},
): BoundedPageHandler {
  const turns = new FairTurns(atOnce);
  const places = new SharedPlaces(atOnce + queueLimit);
  return async (request, response, party) => {
    const giveBack = places.take(party);
    if (!giveBack) {
      const retryAfterInSeconds = Math.max(1, Math.ceil(turns.waitingCount * EXPECTED_DURATION_IN_SECONDS));
      return refuse(response, "temporarily_unavailable", { retryAfterInSeconds });
    }
    let rendering: Promise<void> | undefined;
    await turns
      .run(party, async () => {
        await letOthersGoFirst(takenConnections);
        // The caller may be gone by now.
        if (response.destroyed) return;
        const reader = untilReaderIsAwaited(response);
        rendering = Promise.resolve(pages(request, response));
        await Promise.race([rendering.catch(() => undefined), reader]);
      })
      .finally(giveBack);
    await rendering;
  };
}

/** Ends some turns after the last new connection, which thus has been read from and answered. */
async function letOthersGoFirst(takenConnections: () => number): Promise<void> {
  let taken = takenConnections();
  let quietTurns = 0;
  for (let turn = 0; quietTurns < TURNS_BETWEEN_PAGES && turn < MAX_TURNS_BETWEEN_PAGES; turn += 1) {
    await setImmediate();
    const now = takenConnections();
    quietTurns = now === taken ? quietTurns + 1 : 0;
    taken = now;
  }
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
