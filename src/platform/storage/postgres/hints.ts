import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { DomainEvent, EventBus } from "../../../modules/ports";
import { Batch } from "./batch";
import type { PostgresDatabase } from "./database";
import { SEND } from "./shared-connection";

/** PostgreSQL takes less than 8,000 bytes. */
const MAX_PAYLOAD_BYTES = 7800;

const domainEvent = z.union([
  z.object({ type: z.literal("session_ended"), sessionId: z.string(), userId: z.string() }),
  z.object({ type: z.literal("sessions_changed"), userId: z.string() }),
  z.object({ type: z.literal("account_changed"), userId: z.string() }),
  z.object({ type: z.literal("qr_changed"), qrId: z.string(), claimantSessionId: z.string().nullable() }),
  z.object({ type: z.literal("keys_changed") }),
]);
const message = z.object({ from: z.string(), events: z.array(domainEvent) });

/**
 * Events of this process for the others, and theirs for this one. They are sent after the commit that they tell of, and
 * apart from it: a NOTIFY in a transaction lets all others that send one wait until it is committed. One that is lost is
 * made up for by the look at what is awaited.
 */
export class Hints {
  readonly #events: EventBus;
  readonly #from = randomUUID();
  readonly #ofOthers = new WeakSet<DomainEvent>();
  readonly #stop: () => void;

  constructor(events: EventBus, database: PostgresDatabase) {
    this.#events = events;
    const outbox = new Batch<DomainEvent, void>({
      maxInFlight: 1,
      run: async (published) => {
        for (const payload of payloadsOf(this.#from, published)) await database.query(SEND, [payload]);
        return published.map(() => undefined);
      },
    });
    this.#stop = events.subscribe((published) => {
      if (published.type === "gap" || this.#ofOthers.has(published)) return;
      // Lost, as one may be.
      outbox.add(published).catch(() => undefined);
    });
  }

  hear(payload: string): void {
    const heard = message.safeParse(parse(payload));
    // Of a version that says more than this one knows: the look finds what it was about.
    if (!heard.success || heard.data.from === this.#from) return;
    for (const each of heard.data.events) this.publishOfOthers(each);
  }

  /** Here only: the others have it from where it happened. */
  publishOfOthers(event: DomainEvent): void {
    this.#ofOthers.add(event);
    this.#events.publish(event);
  }

  stop(): void {
    this.#stop();
  }
}

/** @returns messages that are short enough, each event once */
export function payloadsOf(from: string, events: readonly DomainEvent[]): string[] {
  const texts = [...new Set(events.map((each) => JSON.stringify(each)))];
  const payloads: string[] = [];
  let some: string[] = [];
  const wrap = () => `{"from":"${from}","events":[${some}]}`;
  for (const text of texts) {
    some.push(text);
    if (some.length === 1 || Buffer.byteLength(wrap()) <= MAX_PAYLOAD_BYTES) continue;
    some.pop();
    payloads.push(wrap());
    some = [text];
  }
  if (some.length > 0) payloads.push(wrap());
  return payloads;
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}
