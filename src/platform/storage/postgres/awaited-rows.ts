import type { AwaitedRow, AwaitedRows, DomainEvent, EventBus } from "../../../modules/ports";
import { Batch } from "./batch";
import type { Hints } from "./hints";
import type { SharedConnection } from "./shared-connection";

const INTERVAL_IN_MS = 1000;

// One row for each that is not as it was. What is gone is null.
const LOOK = `
  SELECT * FROM (
    SELECT 'qr' AS "kind", "asked"."id", "known", "revision"::text AS "state"
    FROM unnest($1::text[], $2::text[]) AS "asked" ("id", "known")
    LEFT JOIN "QrLogin" ON "QrLogin"."id" = "asked"."id"
    UNION ALL
    SELECT 'session', "asked"."id", "known", CASE WHEN "Session"."endedAt" IS NULL THEN jsonb_build_array(
      jsonb_build_array("User"."displayName", "User"."roles", "User"."disabledAt", "User"."passwordChangedAt"),
      (SELECT jsonb_build_array(count(*), max("createdAt"), max("authenticatedAt")) FROM "Session" AS "own"
        WHERE "own"."userId" = "User"."id" AND "own"."endedAt" IS NULL),
      (SELECT jsonb_object_agg("code"."id", "code"."revision") FROM "QrLogin" AS "code"
        WHERE "code"."claimedBySessionId" = "Session"."id"))::text END
    FROM unnest($3::text[], $4::text[]) AS "asked" ("id", "known")
    LEFT JOIN "Session" ON "Session"."id" = "asked"."id"
    LEFT JOIN "User" ON "User"."id" = "Session"."userId"
    UNION ALL
    SELECT 'keys', '', $5::text, (SELECT string_agg(concat("kid", "retiredAt"), ',' ORDER BY "kid") FROM "ServerKey")
  ) AS "looked" WHERE "state" IS DISTINCT FROM "known"
  UNION ALL SELECT 'clock', '', NULL, (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint::text`;

interface Looked {
  readonly kind: AwaitedRow["kind"] | "keys" | "clock";
  readonly id: string;
  readonly state: string | null;
}

interface Entry {
  readonly row: AwaitedRow;
  count: number;
  /** As it was found last; undefined before that. */
  state: string | null | undefined;
}

export interface PostgresAwaitedRowsOptions {
  readonly connection: Pick<SharedConnection, "query">;
  /** What the server's clock showed, between these two times of the process's own. */
  readonly tellServerTime: (serverTimeInMs: number, askedAtInMs: number, answeredAtInMs: number) => void;
}

/**
 * Looks once a second at all rows that somebody here waits for, in one statement: what another process changed without
 * being heard is found then, and published. It costs the same number of statements whether nobody or ten thousand wait.
 */
export class PostgresAwaitedRows implements AwaitedRows {
  readonly #options: PostgresAwaitedRowsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #ofUser = new Map<string, Set<Entry>>();
  /** What has begun to be awaited is looked at once, together with all others of its turn: what changes from then on is news. */
  readonly #firstLooks = new Batch<Entry, void>({
    run: async (entries) => {
      await this.#look(entries);
      return entries.map(() => undefined);
    },
  });
  #keys: string | null | undefined;
  #isLooking = false;
  #publish: ((event: DomainEvent) => void) | undefined;

  constructor(options: PostgresAwaitedRowsOptions) {
    this.#options = options;
  }

  /** Looks for the first time. @throws Error when the database does not answer */
  look(): Promise<void> {
    return this.#look([]);
  }

  /** Looks each second from now on. @returns the function that ends it */
  start(events: Pick<EventBus, "subscribe">, hints: Pick<Hints, "publishOfOthers">): () => void {
    this.#publish = (event) => hints.publishOfOthers(event);
    const timer = setInterval(() => void this.#lookAtAll(), INTERVAL_IN_MS).unref();
    const stopListening = events.subscribe((event) => this.#noteHeard(event));
    return () => {
      clearInterval(timer);
      stopListening();
    };
  }

  add(row: AwaitedRow): { readonly isSeen: Promise<void>; readonly stop: () => void } {
    const key = `${row.kind} ${row.id}`;
    const entry = this.#entries.get(key) ?? { row, count: 0, state: undefined };
    entry.count += 1;
    this.#entries.set(key, entry);
    this.#noteUser(entry);
    // One that fails leaves it unknown: then the next look publishes it.
    const isSeen = entry.count === 1 ? this.#firstLooks.add(entry).catch(() => undefined) : Promise.resolve();
    return {
      isSeen,
      stop: () => {
        entry.count -= 1;
        if (entry.count > 0) return;
        this.#entries.delete(key);
        this.#forgetUser(entry);
      },
    };
  }

  #noteUser(entry: Entry): void {
    if (entry.row.kind !== "session") return;
    const others = this.#ofUser.get(entry.row.userId) ?? new Set();
    this.#ofUser.set(entry.row.userId, others.add(entry));
  }

  #forgetUser(entry: Entry): void {
    if (entry.row.kind !== "session") return;
    const others = this.#ofUser.get(entry.row.userId);
    others?.delete(entry);
    if (others?.size === 0) this.#ofUser.delete(entry.row.userId);
  }

  /** What is heard of a session is no news any more at the next look; its listeners look now. */
  #noteHeard(event: DomainEvent): void {
    if (!("userId" in event)) return;
    for (const entry of this.#ofUser.get(event.userId) ?? [])
      this.#firstLooks.add(entry).catch(() => undefined);
  }

  async #lookAtAll(): Promise<void> {
    // A server that does not answer is not asked more for that.
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#look([...this.#entries.values()], this.#publish);
    } catch {
      // Whoever waits goes on waiting: the next look finds it.
    } finally {
      this.#isLooking = false;
    }
  }

  async #look(entries: readonly Entry[], publish?: (event: DomainEvent) => void): Promise<void> {
    const { connection, tellServerTime } = this.#options;
    const [codes, sessions] = (["qr", "session"] as const).map((kind) =>
      entries.filter(({ row }) => row.kind === kind),
    ) as [Entry[], Entry[]];
    const idsOf = (some: readonly Entry[]) => some.map(({ row }) => row.id);
    const statesOf = (some: readonly Entry[]) => some.map(({ state }) => state ?? null);
    const askedAt = Date.now();
    const { rows } = await connection.query(LOOK, [
      ...[idsOf(codes), statesOf(codes), idsOf(sessions), statesOf(sessions)],
      this.#keys ?? null,
    ]);
    const answeredAt = Date.now();
    const changed = new Map((rows as Looked[]).map((found) => [`${found.kind} ${found.id}`, found.state]));
    const serverTime = Number(changed.get("clock "));
    tellServerTime(serverTime, askedAt, answeredAt);
    this.#noteKeys(changed.get("keys "));
    for (const entry of entries) {
      const found = changed.get(`${entry.row.kind} ${entry.row.id}`);
      const before = entry.state;
      if (found === undefined) {
        // As it was, or gone, which is as unknown as it was.
        entry.state ??= null;
        continue;
      }
      entry.state = found;
      if (publish) for (const event of eventsOf(entry.row, before, found)) publish(event);
    }
  }

  #noteKeys(found: string | null | undefined): void {
    if (found === undefined) return;
    const isFirst = this.#keys === undefined;
    this.#keys = found;
    if (!isFirst) this.#publish?.({ type: "keys_changed" });
  }
}

/** What somebody who waits for the row is to look at. */
export function eventsOf(
  row: AwaitedRow,
  before: string | null | undefined,
  now: string | null,
): readonly DomainEvent[] {
  if (row.kind === "qr") return [{ type: "qr_changed", qrId: row.id, claimantSessionId: null }];
  const { id: sessionId, userId } = row;
  if (now === null) return [{ type: "session_ended", sessionId, userId }];
  const [account, sessions, codes] = JSON.parse(now) as readonly [unknown, unknown, Codes];
  const [accountBefore, sessionsBefore, codesBefore] = JSON.parse(before ?? "[]") as readonly [
    unknown?,
    unknown?,
    Codes?,
  ];
  const isOther = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
  const changedCodes = Object.keys(codes ?? {}).filter((id) => codes?.[id] !== codesBefore?.[id]);
  return [
    ...(isOther(account, accountBefore) ? [{ type: "account_changed", userId } as const] : []),
    ...(isOther(sessions, sessionsBefore) ? [{ type: "sessions_changed", userId } as const] : []),
    ...changedCodes.map((qrId) => ({ type: "qr_changed", qrId, claimantSessionId: sessionId }) as const),
  ];
}

type Codes = Readonly<Record<string, number>> | null;
