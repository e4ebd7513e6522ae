/** The service on PostgreSQL: against itself on SQLite, and its rotations against the bare statement, in the same rounds. */
import path from "node:path";
import { Pool } from "pg";
import { openPostgres } from "../../src/platform/storage/postgres/database";
import { createStores } from "../../src/platform/storage/stores/stores";
import { paths } from "./checked-time";
import { drive, lanesOf, openConnections } from "./load";
import { type Row, ratioRow } from "./report";
import { formatRequest } from "./requests";
import { compare, measureInRounds, type Variant } from "./rounds";
import type { Service } from "./service";
import { openSessions, protectedCalls, refreshLane } from "./token-check";

const WARM_UP_ROUNDS = 4;
const CONNECTIONS = 32;
const CALLS_PER_WINDOW = 1_600;
const REFRESHES_PER_WINDOW = 800;
const ROTATIONS_PER_WINDOW = 1_600;

export async function measureAgainstSqlite(
  onPostgres: Service,
  onSqlite: Service,
  rounds: number,
): Promise<Row[]> {
  const [there, here] = [await variantsOf(onPostgres), await variantsOf(onSqlite)];
  const measured = await measureInRounds(
    onPostgres,
    { warmUp: WARM_UP_ROUNDS, counted: rounds },
    {
      open: there.open,
      bearer: there.bearer,
      bound: there.bound,
      refresh: there.refresh,
      boundOnSqlite: here.bound,
      refreshOnSqlite: here.refresh,
    },
  );
  there.close();
  here.close();
  return [
    ratioRow("PostgreSQL: Bearer / open", compare(measured, "bearer", "open"), 0.8),
    ratioRow("PostgreSQL: DPoP / open", compare(measured, "bound", "open"), 0.5),
    ratioRow("DPoP: PostgreSQL / SQLite", compare(measured, "bound", "boundOnSqlite"), 0.8),
    ratioRow("refresh, DPoP: PostgreSQL / SQLite", compare(measured, "refresh", "refreshOnSqlite"), 0.75),
  ];
}

async function variantsOf(service: Service) {
  const connections = await openConnections(service.port, CONNECTIONS);
  const bearer = await openSessions(service, "bearer");
  const bound = await openSessions(service, "bound");
  const openCall = formatRequest({ method: "GET", path: paths.plain.open });
  const on = (run: Variant): Variant => Object.assign(run, { service });
  const send = async (requests: readonly string[]) => ({
    calls: requests.length,
    durationInMs: await drive(connections, lanesOf(requests, CONNECTIONS)),
  });
  return {
    open: on(() => send(Array.from({ length: CALLS_PER_WINDOW }, () => openCall))),
    bearer: on(() => send(protectedCalls(service, "plain", bearer, CALLS_PER_WINDOW))),
    bound: on(() => send(protectedCalls(service, "plain", bound, CALLS_PER_WINDOW))),
    refresh: on(async () => {
      const lanes = bound.map((holder) => refreshLane(service, holder, REFRESHES_PER_WINDOW / CONNECTIONS));
      return { calls: REFRESHES_PER_WINDOW, durationInMs: await drive(connections, lanes) };
    }),
    close() {
      for (const connection of connections) connection.close();
    },
  };
}

const BARE = `
  UPDATE "Session" SET "counter" = "counter" + 1, "lastActiveAt" = $2::timestamp(3), "idleExpiresAt" = $3::timestamp(3)
  WHERE "id" = $1 AND "endedAt" IS NULL RETURNING *`;

/** Rotations of the store, those of one turn together, against one statement each over as many connections. */
export async function measureRotations(
  service: Service,
  url: string,
  rounds: number,
  projectRoot: string,
): Promise<Row> {
  const ids = await sessionIds(service);
  const database = await openPostgres(url, {
    migrationsDir: path.join(projectRoot, "prisma/postgres/migrations"),
    tellFault: () => undefined,
  });
  const pool = new Pool({ connectionString: url, max: 10 });
  const { sessions } = createStores(database);
  const later = () => new Date(Date.now() + 86_400_000);
  const inLanes = async (rotate: (id: string) => Promise<void>) => {
    const startInMs = performance.now();
    await Promise.all(
      ids.map(async (id) => {
        for (let count = 0; count < ROTATIONS_PER_WINDOW / ids.length; count += 1) await rotate(id);
      }),
    );
    return { calls: ROTATIONS_PER_WINDOW, durationInMs: performance.now() - startInMs };
  };
  const counters = new Map<string, number>();
  const measured = await measureInRounds(
    service,
    { warmUp: WARM_UP_ROUNDS, counted: rounds },
    {
      together: async () => {
        const { rows } = await pool.query<{ id: string; counter: number }>(
          'SELECT "id", "counter" FROM "Session" WHERE "id" = ANY ($1)',
          [ids],
        );
        for (const { id, counter } of rows) counters.set(id, counter);
        return inLanes(async (sessionId) => {
          const counter = counters.get(sessionId) ?? 0;
          const rotated = await sessions.rotate({
            ...{ sessionId, counter, nextCounter: counter + 1, clientId: "countersign" },
            ...{ keyThumbprint: null, now: new Date(), supersededEntries: "" },
          });
          if (!rotated) throw new Error("a rotation changed nothing");
          counters.set(sessionId, rotated.counter);
        });
      },
      bare: () =>
        inLanes(async (id) => {
          const values = [id, new Date().toISOString(), later().toISOString()];
          await pool.query({ name: "bare", text: BARE, values });
        }),
    },
  );
  await pool.end();
  await database.close();
  return ratioRow(
    "rotation: those of a turn together / bare statements",
    compare(measured, "together", "bare"),
    2.5,
  );
}

async function sessionIds(service: Service): Promise<string[]> {
  const username = `bench-rotations-${Date.now()}`;
  const { id: userId } = await service.ask("account", { username, password: "velvet quarry lamp seventeen" });
  const made = Array.from({ length: CONNECTIONS }, () =>
    service.ask("session", { userId, keyThumbprint: null }),
  );
  return (await Promise.all(made)).map(({ sessionId }) => sessionId);
}
