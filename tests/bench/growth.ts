/**
 * What a call costs where there are many sessions, against the same where there are a thousand: two services in the same
 * rounds, each on its own database.
 */
import { type Filler, fillSessions } from "./filling";
import { type Connection, drive, lanesOf, openConnections } from "./load";
import { type Row, ratioRow } from "./report";
import { formatRequest } from "./requests";
import { compare, measureInRounds, quantile, type Variant } from "./rounds";
import type { Service } from "./service";
import { createPeople, signInAll } from "./sign-ins";
import { openSessions, refreshLane } from "./token-check";

const SMALL = 1_000;
const WARM_UP_ROUNDS = 4;
const CONNECTIONS = 32;
const REFRESHES_PER_WINDOW = 640;
const SWEEPS_PER_WINDOW = 50;
const LISTS_PER_WINDOW = 640;
const STARTS = 5;
/** As much slower as it may be. */
const MAX_SLOWDOWN = 1.2;

/** A database to be filled while no service runs on it. */
export interface GrowingDatabase {
  readonly name: string;
  start(): Promise<Service>;
  fill<T>(make: (filler: Filler) => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

/** @param open makes a new and empty database */
export async function measureGrowth(
  sessions: number,
  rounds: number,
  open: () => Promise<GrowingDatabase>,
): Promise<Row[]> {
  const small = await openFilled(SMALL, open);
  try {
    const large = await openFilled(sessions, open);
    try {
      const rows = [
        ...(await compareServices(
          large,
          small,
          rounds,
          `${large.name}, ${sessions.toLocaleString("en")} sessions / 1,000`,
        )),
        await startRow(large, small),
      ];
      return rows;
    } finally {
      await large.end();
    }
  } finally {
    await small.end();
  }
}

interface Filled {
  readonly name: string;
  readonly service: Service;
  /** Starts a second instance beside it, and stops that. @returns how long it took, in milliseconds */
  restart(): Promise<number>;
  end(): Promise<void>;
}

async function openFilled(sessions: number, open: () => Promise<GrowingDatabase>): Promise<Filled> {
  const database = await open();
  const first = await database.start();
  const { id } = await first.ask("account", {
    username: "template",
    password: "velvet quarry lamp seventeen",
  });
  await first.ask("session", { userId: id, keyThumbprint: null });
  await first.stop();
  await database.fill((filler) => fillSessions(filler, sessions));
  // The first sweep after that finds all of them new to it, once.
  const prepared = await database.start();
  await prepared.ask("sweep", { count: 1 });
  await prepared.stop();
  const service = await database.start();
  return {
    name: database.name,
    service,
    restart: async () => {
      const startInMs = performance.now();
      await (await database.start()).stop();
      return performance.now() - startInMs;
    },
    async end() {
      await service.stop();
      await database.end();
    },
  };
}

async function compareServices(large: Filled, small: Filled, rounds: number, title: string): Promise<Row[]> {
  const of = async (filled: Filled) => variantsOf(filled.service);
  const [inLarge, inSmall] = [await of(large), await of(small)];
  const measured = await measureInRounds(
    small.service,
    { warmUp: WARM_UP_ROUNDS, counted: rounds },
    {
      refreshLarge: inLarge.refresh,
      refreshSmall: inSmall.refresh,
      signInLarge: inLarge.signIn,
      signInSmall: inSmall.signIn,
      listLarge: inLarge.list,
      listSmall: inSmall.list,
      sweepLarge: inLarge.sweep,
      sweepSmall: inSmall.sweep,
    },
  );
  for (const { connections } of [inLarge, inSmall]) for (const each of connections) each.close();
  const target = 1 / MAX_SLOWDOWN;
  return [
    ratioRow(`${title}: refresh`, compare(measured, "refreshLarge", "refreshSmall"), target),
    ratioRow(`${title}: sign-in`, compare(measured, "signInLarge", "signInSmall"), target),
    ratioRow(`${title}: list of a user's sessions`, compare(measured, "listLarge", "listSmall"), target),
    ratioRow(`${title}: sweep that finds nothing`, compare(measured, "sweepLarge", "sweepSmall"), target),
  ];
}

interface Variants {
  readonly connections: readonly Connection[];
  readonly refresh: Variant;
  readonly signIn: Variant;
  readonly list: Variant;
  readonly sweep: Variant;
}

async function variantsOf(service: Service): Promise<Variants> {
  const connections = await openConnections(service.port, CONNECTIONS);
  const holders = await openSessions(service, "bound");
  const [lister] = await openSessions(service, "bearer");
  const people = await createPeople(service, "bearer", 16);
  const headers = { authorization: `Bearer ${lister?.accessToken}` };
  const list = formatRequest({ method: "GET", path: "/api/auth/sessions", headers });
  const on = (run: Variant): Variant => Object.assign(run, { service });
  return {
    connections,
    refresh: on(async () => {
      const lanes = holders.map((holder) => refreshLane(service, holder, REFRESHES_PER_WINDOW / CONNECTIONS));
      return { calls: REFRESHES_PER_WINDOW, durationInMs: await drive(connections, lanes) };
    }),
    signIn: on(async () => ({
      calls: people.length,
      durationInMs: await signInAll(service, connections, people),
    })),
    list: on(async () => {
      const requests = Array.from({ length: LISTS_PER_WINDOW }, () => list);
      return {
        calls: LISTS_PER_WINDOW,
        durationInMs: await drive(connections, lanesOf(requests, CONNECTIONS)),
      };
    }),
    sweep: on(async () => {
      const { durationInMs } = await service.ask("sweep", { count: SWEEPS_PER_WINDOW });
      return { calls: SWEEPS_PER_WINDOW, durationInMs };
    }),
  };
}

async function startRow(large: Filled, small: Filled): Promise<Row> {
  const times: (readonly [number, number])[] = [];
  for (let round = 0; round < STARTS; round += 1) times.push([await large.restart(), await small.restart()]);
  const ratios = times.map(([a, b]) => a / b);
  const ratio = quantile(ratios, 0.5);
  return {
    figure: `${large.name}: a start takes (${quantile(
      times.map(([time]) => time),
      0.5,
    ).toFixed(0)} ms)`,
    measured: `${ratio.toFixed(2)} times`,
    spread: `${quantile(ratios, 0.25).toFixed(2)} to ${quantile(ratios, 0.75).toFixed(2)}`,
    byCpu: "",
    target: `≤ ${MAX_SLOWDOWN.toFixed(2)}`,
    verdict: ratio <= MAX_SLOWDOWN ? "met" : "missed",
  };
}
