/** Whether the time of an answer tells a known name or address from an unknown one: 1,000 answers of each kind. */
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fillerOfSqlite, fillPeople, type Known } from "./filling";
import { Connection } from "./load";
import type { Row } from "./report";
import { formatRequest } from "./requests";
import { quantile } from "./rounds";
import { findFreePort, type Service, type StartOptions } from "./service";

const SAMPLES = 1_000;
const WARM_UP = 100;
/** One in ten of them can be asked for, each once. */
const PEOPLE = 24_000;
/** Of two sets of 1,000 samples of one distribution, one pair in a million exceeds it. */
const MAX_DISTANCE = 0.12;

type Start = (options: StartOptions) => Promise<Service>;

/** What is asked, and what it must be answered with. */
interface Question {
  readonly path: string;
  readonly status: number;
  readonly known: (index: number) => object;
  readonly unknown: (index: number) => object;
}

export async function measureAlike(start: Start): Promise<Row[]> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "countersign-bench-"));
  // Nobody is there: the mails wait, and what sends them has as little to do as can be.
  const smtp = `smtp://127.0.0.1:${await findFreePort()}`;
  const limits = { LIMIT_MAILS: "1000000", LIMIT_ADDRESS_FAILURES: "1000000" };
  const mail = { SMTP_URL: smtp, MAIL_FROM: "accounts@example.com", SIGN_UP: "open", TRUST_PROXY: "1" };
  const options = { dataDir, env: { ...limits, ...mail } };
  try {
    const first = await start(options);
    const { id } = await first.ask("account", {
      username: "olive",
      password: "velvet quarry lamp seventeen",
    });
    await first.ask("session", { userId: id, keyThumbprint: null });
    await first.stop();
    const filler = fillerOfSqlite(dataDir);
    const known = await fillPeople(filler, PEOPLE);
    await filler.close();
    const service = await start(options);
    try {
      const rows: Row[] = [];
      for (const [name, question] of Object.entries(questionsOf(known)))
        rows.push(rowOf(name, await measure(service, question)));
      return rows;
    } finally {
      await service.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function questionsOf({ usernames, addresses }: Known): Readonly<Record<string, Question>> {
  if (usernames.length < SAMPLES + WARM_UP) throw new Error(`only ${usernames.length} names to ask for`);
  const none = (texts: readonly string[]) => (index: number) => `z${texts[index]?.slice(1)}`;
  const identifiers = (
    texts: readonly string[],
  ): Pick<Question, "path" | "status" | "known" | "unknown"> => ({
    ...{ path: "/api/auth/recovery", status: 202 },
    known: (index) => ({ identifier: texts[index] }),
    unknown: (index) => ({ identifier: none(texts)(index) }),
  });
  const password = "not the one of anybody";
  return {
    "recovery by username, known and unknown": identifiers(usernames),
    "recovery by address, known and unknown": identifiers(addresses),
    "sign-up with an address, taken and free": {
      ...{ path: "/api/auth/sign-up/email", status: 202 },
      known: (index) => ({ email: addresses[index] }),
      unknown: (index) => ({ email: none(addresses)(index) }),
    },
    "sign-in with a wrong password, known and unknown name": {
      ...{ path: "/api/auth/login", status: 401 },
      known: (index) => ({ username: usernames[index], password }),
      unknown: (index) => ({ username: none(usernames)(index), password }),
    },
  };
}

interface Times {
  readonly known: number[];
  readonly unknown: number[];
}

/** Both kinds in each round, in an order of its own: whatever else the machine does falls on both. */
async function measure(
  service: Service,
  { path: address, status, known, unknown }: Question,
): Promise<Times> {
  const times: Times = { known: [], unknown: [] };
  const bodies = new Set<string>();
  const connection = await Connection.open(service.port);
  for (let index = 0; index < SAMPLES + WARM_UP; index += 1) {
    const headers = { "x-forwarded-for": `203.0.${Math.floor(index / 50)}.${index % 50}` };
    const kinds = [["known", known] as const, ["unknown", unknown] as const];
    for (const [kind, inputOf] of randomInt(2) === 0 ? kinds : kinds.reverse()) {
      const ticket = await connection.exchange(
        formatRequest({ method: "GET", path: "/api/auth/get_t", headers }),
      );
      const { t } = JSON.parse(ticket.body) as { t: string };
      const request = formatRequest({
        method: "POST",
        path: address,
        headers,
        json: { t, ...inputOf(index) },
      });
      const startInMs = performance.now();
      const answer = await connection.exchange(request);
      if (index >= WARM_UP) times[kind].push(performance.now() - startInMs);
      if (answer.status !== status) throw new Error(`${address} answered ${answer.status}: ${answer.body}`);
      bodies.add(answer.body.replace(/"(\w+_id)":"[\w.-]+"/g, '"$1":"…"'));
    }
  }
  connection.close();
  if (bodies.size !== 1) throw new Error(`${address} has more than one answer: ${[...bodies].join(" ")}`);
  return times;
}

function rowOf(name: string, { known, unknown }: Times): Row {
  const distance = distanceOf(known, unknown);
  const [a, b] = [quantile(known, 0.5), quantile(unknown, 0.5)];
  return {
    figure: `${name}: distance of 1,000 times each (medians ${a.toFixed(2)} and ${b.toFixed(2)} ms)`,
    measured: `D ${distance.toFixed(3)}, p ${chanceOf(distance, SAMPLES).toFixed(2)}`,
    spread: `later in ${(100 * shareLater(known, unknown)).toFixed(1)}% of pairs`,
    byCpu: "",
    target: `D ≤ ${MAX_DISTANCE.toFixed(2)}`,
    verdict: distance <= MAX_DISTANCE ? "met" : "missed",
  };
}

/** The greatest difference between the shares of samples up to any time (Kolmogorov and Smirnov). */
function distanceOf(a: readonly number[], b: readonly number[]): number {
  const shareUpTo = (samples: readonly number[], time: number) =>
    samples.filter((sample) => sample <= time).length / samples.length;
  return Math.max(...[...a, ...b].map((time) => Math.abs(shareUpTo(a, time) - shareUpTo(b, time))));
}

/** How often two sets of so many samples of one distribution are that far apart, or farther. */
function chanceOf(distance: number, samples: number): number {
  const root = Math.sqrt(samples / 2);
  const lambda = (root + 0.12 + 0.11 / root) * distance;
  let sum = 0;
  for (let term = 1; term <= 100; term += 1)
    sum += 2 * (term % 2 === 1 ? 1 : -1) * Math.exp(-2 * (term * lambda) ** 2);
  return Math.min(1, Math.max(0, sum));
}

/** Of all pairs, those in which the known one was answered later (Mann and Whitney): half, where nothing can be told. */
function shareLater(known: readonly number[], unknown: readonly number[]): number {
  let later = 0;
  for (const a of known) for (const b of unknown) later += a > b ? 1 : a === b ? 0.5 : 0;
  return later / (known.length * unknown.length);
}
