/** How long an administrator waits for a person among many, beside what one open call takes; and for pages deep in the list. */
import { paths } from "./checked-time";
import { fillPeople, type Known } from "./filling";
import type { GrowingDatabase } from "./growth";
import { Connection } from "./load";
import type { Row } from "./report";
import { formatRequest } from "./requests";
import { quantile } from "./rounds";
import type { Service } from "./service";

const WARM_UP_ROUNDS = 20;
const MAX_P95_IN_MS = 200;
/** Of a page deep in the list, over the first one. */
const MAX_RATIO = 1.5;
const PAGE = 50;
const MAX_PAGE = 100;
/** How far into the list the pages are that are compared with the first. */
const DEPTHS = [0.1, 0.5, 0.99];

/**
 * Every kind of question once in each round, one at a time, in turning order: whatever else the machine does meets them alike.
 *
 * @param open makes a new and empty database
 */
export async function measurePeople(
  people: number,
  rounds: number,
  open: () => Promise<GrowingDatabase>,
): Promise<Row[]> {
  const database = await open();
  try {
    const first = await database.start();
    const { id } = await first.ask("account", {
      username: "olive",
      password: "velvet quarry lamp seventeen",
    });
    await first.ask("session", { userId: id, keyThumbprint: null });
    await first.stop();
    const known = await database.fill((filler) => fillPeople(filler, people));
    const service = await database.start();
    try {
      return await measureService(
        service,
        id,
        known,
        `${database.name}, ${people.toLocaleString("en")} people`,
        {
          people,
          rounds,
        },
      );
    } finally {
      await service.stop();
    }
  } finally {
    await database.end();
  }
}

async function measureService(
  service: Service,
  ownerId: string,
  known: Known,
  title: string,
  { people, rounds }: { readonly people: number; readonly rounds: number },
): Promise<Row[]> {
  const { accessToken } = await service.ask("session", { userId: ownerId, keyThumbprint: null });
  const connection = await Connection.open(service.port);
  const headers = { authorization: `Bearer ${accessToken}` };
  const ask = async (path: string, minimum = 0): Promise<{ inMs: number; next: string | null }> => {
    const request = formatRequest({ method: "GET", path, headers });
    const startInMs = performance.now();
    const { status, body } = await connection.exchange(request);
    const inMs = performance.now() - startInMs;
    if (status !== 200) throw new Error(`answered ${status}: ${body}`);
    const { users = [], next_cursor: next = null } = JSON.parse(body) as {
      users?: unknown[];
      next_cursor?: string;
    };
    if (users.length < minimum) throw new Error(`${path} found ${users.length}`);
    return { inMs, next };
  };
  const of = (values: readonly string[], round: number) => values[(round * 7919) % values.length] ?? "";
  const list = (query: string) => `/api/admin/users?limit=${PAGE}&${query}`;
  const search = (text: string) => list(`query=${encodeURIComponent(text)}`);
  const [deep, commonDeep] = await cursorsOf(async (query) => (await ask(query)).next, people, known);
  const kinds: Readonly<Record<string, (round: number) => Promise<{ inMs: number }>>> = {
    open: () => ask(paths.plain.open),
    "part of a username": (round) => ask(search(of(known.usernames, round).slice(3)), 1),
    "part of a common name": (round) => ask(search(of(known.lastNames, round).slice(1).toLowerCase()), 1),
    "two parts of names": (round) =>
      ask(search(`${of(known.usernames, round).slice(0, 3)} ${of(known.lastNames, round)}`)),
    "two letters that begin a name": (round) => ask(search(of(known.usernames, round).slice(0, 2)), 1),
    "a part that nobody has": (round) => ask(search(`xqz${round}`)),
    "two letters that nobody has": (round) => ask(search(`${"qx".charAt(round % 2)}q`)),
    address: (round) => ask(search(of(known.addresses, round)), 1),
    "session id": (round) => ask(search(of(known.sessionIds, round)), 1),
    "role owner": () => ask(list("role=owner"), 1),
    "the first page": () => ask(list(""), PAGE),
    ...Object.fromEntries(
      deep.map(([name, cursor]) => [name, () => ask(list(`cursor=${encodeURIComponent(cursor)}`), 1)]),
    ),
    "the last page of a common name": () =>
      ask(`${search(commonDeep.text)}&cursor=${encodeURIComponent(commonDeep.cursor)}`, 1),
  };
  const samples = new Map(Object.keys(kinds).map((name) => [name, [] as number[]]));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const turn = Object.entries(kinds);
    for (const [name, run] of round % 2 === 0 ? turn : turn.reverse()) {
      const { inMs } = await run(Math.abs(round));
      if (round >= 0) samples.get(name)?.push(inMs);
    }
  }
  connection.close();
  return rowsOf(
    title,
    samples,
    deep.map(([name]) => name),
  );
}

interface Place {
  readonly text: string;
  readonly cursor: string;
}

/** Goes through the whole list once, as a person would who never stops. */
async function cursorsOf(
  next: (path: string) => Promise<string | null>,
  people: number,
  { lastNames }: Known,
): Promise<[readonly (readonly [name: string, cursor: string])[], Place]> {
  const wanted = DEPTHS.map((depth) => ({ depth, page: Math.floor((people * depth) / MAX_PAGE) }));
  const deep: (readonly [string, string])[] = [];
  let cursor: string | null = null;
  for (let page = 1; ; page += 1) {
    cursor = await next(
      `/api/admin/users?limit=${MAX_PAGE}${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    if (cursor === null) break;
    const place = wanted.find((one) => one.page === page);
    if (place) deep.push([`a page ${Math.round(place.depth * 100)}% into the list`, cursor]);
  }
  const text = (lastNames[0] ?? "").toLowerCase();
  let before = "";
  for (let at: string | null = null; ; ) {
    at = await next(
      `/api/admin/users?limit=${MAX_PAGE}&query=${text}${at === null ? "" : `&cursor=${encodeURIComponent(at)}`}`,
    );
    if (at === null) break;
    before = at;
  }
  return [deep, { text, cursor: before }];
}

function rowsOf(
  title: string,
  samples: ReadonlyMap<string, readonly number[]>,
  deep: readonly string[],
): Row[] {
  const at = (name: string, share: number) => quantile(samples.get(name) ?? [], share);
  const rows = [...samples.keys()].map((name): Row => {
    const p95 = at(name, 0.95);
    const isOpen = name === "open";
    return {
      figure: `${title}: ${isOpen ? "one open call" : name}, p95`,
      measured: `${p95.toFixed(1)} ms`,
      spread: `${at(name, 0.25).toFixed(1)} to ${at(name, 0.75).toFixed(1)} ms`,
      byCpu: "",
      target: isOpen ? "" : `≤ ${MAX_P95_IN_MS} ms`,
      verdict: isOpen ? "" : p95 <= MAX_P95_IN_MS ? "met" : "missed",
    };
  });
  const ratios = deep.map((name): Row => {
    const ratio = at(name, 0.5) / at("the first page", 0.5);
    return {
      figure: `${title}: ${name} / the first page`,
      measured: `${ratio.toFixed(2)} times`,
      spread: "",
      byCpu: "",
      target: `≤ ${MAX_RATIO.toFixed(2)}`,
      verdict: ratio <= MAX_RATIO ? "met" : "missed",
    };
  });
  return [...rows, ...ratios];
}
