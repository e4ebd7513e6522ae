/** Sign-in by QR code: how long the computer waits for its tokens, and what waiting computers cost. */
import { setTimeout as sleep } from "node:timers/promises";
import type { OpenStream } from "./event-stream";
import { Connection, openConnections } from "./load";
import { type Computer, createComputer, createPhone, timeSignIn, watchByTrpc, watchPlainly } from "./qr-flow";
import type { Row } from "./report";
import { formatRequest } from "./requests";
import { quantile } from "./rounds";
import type { Service } from "./service";

const WAITING = 2_000;
const WARM_UP_SIGN_INS = 200;
const SIGN_INS = 200;
/** For the service to notice that so many connections are gone. */
const SETTLE_IN_MS = 1_000;
const IDLE_IN_MS = 10_000;
const CONNECTIONS = 8;

const targets = {
  p50AboveCallsInMs: 50,
  p99AboveCallsInMs: 250,
  ratioWithWaiting: 2,
  plainInKib: 20,
  trpcInKib: 140,
} as const;

type StartService = () => Promise<Service>;

/** Each kind of stream gets a service of its own: memory that one has let go of must not serve the other. */
export async function measureQr(start: StartService): Promise<Row[]> {
  return [...(await withService(start, measurePlainly)), ...(await withService(start, measureTrpc))];
}

async function withService(start: StartService, measure: (service: Service) => Promise<Row[]>) {
  const service = await start();
  try {
    return await measure(service);
  } finally {
    await service.stop();
  }
}

/** Nobody and all wait in turns, so that whatever else the machine does meets both alike. */
async function measurePlainly(service: Service): Promise<Row[]> {
  const signIn = await prepareFlows(service);
  await signIn(WARM_UP_SIGN_INS);
  const idleAlone = await countIdleStatements(service);
  const alone = [await signIn(SIGN_INS / 2)];
  const waiting = await openWaiting(service, watchPlainly);
  const idleWithWaiting = await countIdleStatements(service);
  const withWaiting = [await signIn(SIGN_INS)];
  await release(waiting);
  alone.push(await signIn(SIGN_INS));
  const again = await openWaiting(service, watchPlainly);
  withWaiting.push(await signIn(SIGN_INS));
  await release(again);
  alone.push(await signIn(SIGN_INS / 2));
  return [
    ...latencyRows(joined(alone)),
    ratioOfLatencies(joined(withWaiting), joined(alone)),
    memoryRow("plain stream", waiting, targets.plainInKib),
    statementRow(idleAlone, idleWithWaiting),
  ];
}

async function measureTrpc(service: Service): Promise<Row[]> {
  const signIn = await prepareFlows(service);
  await signIn(WARM_UP_SIGN_INS);
  const waiting = await openWaiting(service, watchByTrpc);
  await release(waiting);
  return [memoryRow("tRPC subscription", waiting, targets.trpcInKib)];
}

interface Timed {
  readonly signIns: readonly number[];
  /** Two open calls one after the other, next to each sign-in. */
  readonly pairs: readonly number[];
}

function joined(blocks: readonly Timed[]): Timed {
  return { signIns: blocks.flatMap(({ signIns }) => signIns), pairs: blocks.flatMap(({ pairs }) => pairs) };
}

async function prepareFlows(service: Service) {
  const phone = await createPhone(service);
  const bareCall = formatRequest({ method: "GET", path: "/api/auth/server_time" });
  return async (count: number): Promise<Timed> => {
    // New ones for each block: the service closes those that were idle in between.
    const [byComputer, byPhone] = [await Connection.open(service.port), await Connection.open(service.port)];
    const timed = { signIns: [] as number[], pairs: [] as number[] };
    for (let done = 0; done < count; done += 1) {
      timed.signIns.push(await timeSignIn(service, phone, { computer: byComputer, phone: byPhone }));
      const startInMs = performance.now();
      await byPhone.exchange(bareCall);
      await byComputer.exchange(bareCall);
      timed.pairs.push(performance.now() - startInMs);
    }
    byComputer.close();
    byPhone.close();
    return timed;
  };
}

interface Waiting {
  readonly streams: readonly OpenStream[];
  readonly residentInKib: number;
  readonly usedInKib: number;
}

/** Asks for all codes first, so that only the waiting is between the two looks at memory. */
async function openWaiting(
  service: Service,
  watch: (service: Service, computer: Computer) => Promise<OpenStream>,
): Promise<Waiting> {
  const connections = await openConnections(service.port, CONNECTIONS);
  const computers = await inLanes(connections, (connection) => createComputer(service, connection));
  for (const connection of connections) connection.close();
  const before = await service.ask("memory", {});
  const queue = [...computers];
  const streams = await inLanes(connections, () => watch(service, take(queue)));
  const after = await service.ask("memory", {});
  return {
    streams,
    residentInKib: (after.residentInBytes - before.residentInBytes) / 1024 / WAITING,
    usedInKib: (after.usedInBytes - before.usedInBytes) / 1024 / WAITING,
  };
}

/** @throws Error when some gave up meanwhile, as they do after two minutes: figures of fewer would be too good */
async function release({ streams }: Waiting): Promise<void> {
  const left = streams.filter((stream) => stream.isWaiting).length;
  for (const stream of streams) stream.close();
  if (left < WAITING)
    throw new Error(`only ${left} of ${WAITING} computers waited to the end: too slow a machine`);
  await sleep(SETTLE_IN_MS);
}

/** Makes one for each waiting computer, as many at a time as there are lanes. */
async function inLanes<Lane, Made>(
  lanes: readonly Lane[],
  make: (lane: Lane) => Promise<Made>,
): Promise<Made[]> {
  const made: Made[] = [];
  let begun = 0;
  await Promise.all(
    lanes.map(async (lane) => {
      while (begun < WAITING) {
        begun += 1;
        made.push(await make(lane));
      }
    }),
  );
  return made;
}

function take<Value>(queue: Value[]): Value {
  const value = queue.pop();
  if (value === undefined) throw new Error("nothing left to take");
  return value;
}

async function countIdleStatements(service: Service) {
  const before = await service.ask("statements", {});
  await sleep(IDLE_IN_MS);
  const after = await service.ask("statements", {});
  const perSecond = (count: number) => count / (IDLE_IN_MS / 1000);
  return {
    statements: perSecond(after.statements - before.statements),
    looksForCommits: perSecond(after.looksForCommits - before.looksForCommits),
  };
}

function latencyRows({ signIns, pairs }: Timed): Row[] {
  const twoCalls = quantile(pairs, 0.5);
  const row = (name: string, at: number, target: number): Row => {
    const aboveInMs = quantile(signIns, at) - twoCalls;
    return {
      figure: `QR: confirm to tokens, ${name} above two bare calls (${twoCalls.toFixed(1)} ms)`,
      measured: `${aboveInMs.toFixed(1)} ms`,
      spread: `${signIns.length} sign-ins`,
      byCpu: "",
      target: `≤ ${target} ms`,
      verdict: aboveInMs <= target ? "met" : "missed",
    };
  };
  return [row("p50", 0.5, targets.p50AboveCallsInMs), row("p99", 0.99, targets.p99AboveCallsInMs)];
}

function ratioOfLatencies(withWaiting: Timed, alone: Timed): Row {
  const ratioAt = (at: number) => quantile(withWaiting.signIns, at) / quantile(alone.signIns, at);
  const median = ratioAt(0.5);
  return {
    figure: `QR: confirm to tokens, with ${waitingText} waiting / without, p50`,
    measured: median.toFixed(2),
    spread: `p99 ${ratioAt(0.99).toFixed(2)}`,
    byCpu: "",
    target: `≤ ${targets.ratioWithWaiting}`,
    verdict: median <= targets.ratioWithWaiting ? "met" : "missed",
  };
}

function memoryRow(kind: string, { residentInKib, usedInKib }: Waiting, targetInKib: number): Row {
  return {
    figure: `QR: resident memory of a waiting computer, ${kind}, ${waitingText} of them`,
    measured: `${residentInKib.toFixed(1)} KiB`,
    spread: `in use ${usedInKib.toFixed(1)} KiB`,
    byCpu: "",
    target: `< ${targetInKib} KiB`,
    // A heap that had room left over grows by less than it holds: then what is in use says it.
    verdict: Math.max(residentInKib, usedInKib) < targetInKib ? "met" : "missed",
  };
}

type Idle = Awaited<ReturnType<typeof countIdleStatements>>;

function statementRow(alone: Idle, withWaiting: Idle): Row {
  const more =
    withWaiting.statements + withWaiting.looksForCommits - alone.statements - alone.looksForCommits;
  // The looks for other processes' commits come by a timer: one more or less falls into a window.
  const isNone = withWaiting.statements <= alone.statements && more < 0.5;
  return {
    figure: `QR: database queries a second due to ${waitingText} waiting computers`,
    measured: Math.max(0, withWaiting.statements - alone.statements).toFixed(1),
    spread: `looks for commits ${alone.looksForCommits.toFixed(1)} without, ${withWaiting.looksForCommits.toFixed(1)} with`,
    byCpu: "",
    target: "0",
    verdict: isNone ? "met" : "missed",
  };
}

const waitingText = WAITING.toLocaleString("en");
