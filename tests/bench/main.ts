/**
 * The measurements behind `npm run bench`. Every figure is a ratio of two things measured in turns within one run, since
 * absolute figures say more about a machine than about the service, but for those whose promise is a time.
 *
 * Options: `--rounds=N` (how often the turns are taken), `--only=check,refresh,sign-in,passkey,memory,qr,revocation,consumer,alike,script`,
 * `--database=postgres` (the service on a PostgreSQL server that is started and ended here, against SQLite),
 * `--growth=N` (what a call costs at N sessions, against a thousand, on SQLite and, where it is installed, on PostgreSQL),
 * `--people=N` (how long it takes to find one of N people, on both databases too),
 * `--cpu-prof=DIR` (a profile of the service, which makes it slower).
 */
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureAlike } from "./alike";
import { measureConsumer } from "./consumer";
import { type GrowingDatabase, measureGrowth } from "./growth";
import { measureMemory } from "./memory";
import { measureOnBoth, measurePostgres } from "./on-postgres";
import { measurePageScript } from "./page-script";
import { measurePasskeys } from "./passkeys";
import { measurePeople } from "./people";
import { measureQr } from "./qr";
import { formatTable, type Row } from "./report";
import { measureRevocation } from "./revocation";
import { type Service, type StartOptions, startService } from "./service";
import { runService } from "./service-process";
import { measureSignIns } from "./sign-ins";
import { measureRefresh, measureTokenCheck } from "./token-check";

const bundle = fileURLToPath(import.meta.url);
// Bundled to dist/bench.mjs.
const projectRoot = path.resolve(path.dirname(bundle), "..");

const DEFAULT_ROUNDS = 24;
/** One question is over at once: there are so many where another measurement takes one turn. */
const SAMPLES_OF_A_ROUND = 10;

type Open = () => Promise<GrowingDatabase>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: String(DEFAULT_ROUNDS) },
      only: {
        type: "string",
        default: "check,refresh,sign-in,passkey,memory,qr,revocation,consumer,alike,script",
      },
      database: { type: "string", default: "sqlite" },
      growth: { type: "string" },
      people: { type: "string" },
      "cpu-prof": { type: "string" },
    },
  });
  const rounds = Number(values.rounds);
  const profile = values["cpu-prof"];
  const chosen = new Set(values.only.split(","));
  say(`Node ${process.version}, ${availableParallelism()} cores, ${rounds} rounds after the warm-up.`);
  const nodeOptions = profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
  const start = () => startService(bundle, { nodeOptions });
  const startWith = (more: StartOptions) => startService(bundle, { nodeOptions, ...more });
  const { growth, people } = values;
  if (growth !== undefined) {
    const measure = (open: Open) => measureGrowth(Number(growth), rounds, open);
    return tell(await measureOnBoth(startWith, `${growth} sessions`, measure));
  }
  if (people !== undefined) {
    const measure = (open: Open) => measurePeople(Number(people), SAMPLES_OF_A_ROUND * rounds, open);
    return tell(await measureOnBoth(startWith, `${people} people`, measure));
  }
  if (values.database === "postgres") return tell(await measurePostgres(rounds, startWith, projectRoot));
  const service = await start();
  const rows: Row[] = [];
  try {
    rows.push(...(await measureService(service, rounds, chosen)));
  } finally {
    await service.stop();
  }
  if (chosen.has("qr")) {
    say("Sign-in by QR code …");
    rows.push(...(await measureQr(start)));
  }
  if (chosen.has("revocation")) {
    say("Revocation in a second process …");
    rows.push(...(await measureRevocation(start, (beside) => startService(bundle, { nodeOptions, beside }))));
  }
  if (chosen.has("consumer")) {
    say("A service that verifies tokens …");
    rows.push(...(await measureConsumer(rounds)));
  }
  if (chosen.has("alike")) {
    say("Answers that are to tell nothing …");
    rows.push(...(await measureAlike(startWith)));
  }
  if (chosen.has("script")) {
    say("Script of the sign-in page …");
    rows.push(...(await measurePageScript(projectRoot)));
  }
  tell(rows);
}

function tell(rows: readonly Row[]): void {
  say(`\n${formatTable(rows)}\n`);
  say("Ratios are throughputs within one round; shown are their median and middle half over the rounds.");
  say("By CPU: the same from the service's own CPU time, which other work on the machine disturbs least.");
}

async function measureService(service: Service, rounds: number, chosen: ReadonlySet<string>): Promise<Row[]> {
  const rows: Row[] = [];
  if (chosen.has("check")) {
    say("The token check …");
    rows.push(...(await measureTokenCheck(service, rounds)));
  }
  if (chosen.has("refresh")) {
    say("Refreshes …");
    rows.push(...(await measureRefresh(service, rounds)));
  }
  if (chosen.has("sign-in")) {
    say("Sign-ins …");
    rows.push(...(await measureSignIns(service, rounds)));
  }
  if (chosen.has("passkey")) {
    say("Sign-ins by passkey …");
    rows.push(...(await measurePasskeys(service, rounds)));
  }
  if (chosen.has("memory")) {
    say("Memory …");
    rows.push(await measureMemory(service));
  }
  return rows;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (process.argv[2] === "serve") await runService(projectRoot);
else await main();
