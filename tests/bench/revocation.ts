/** How long an access token goes on being accepted by a second process after the first has ended its session. */
import { setTimeout as sleep } from "node:timers/promises";
import { paths } from "./checked-time";
import { Connection } from "./load";
import type { Row } from "./report";
import { formatRequest } from "./requests";
import { quantile } from "./rounds";
import type { Service } from "./service";

const ROUNDS = 200;
const TARGET_IN_MS = 1_000;
/** Of the looks for other processes' commits: rounds begin anywhere between two of them. */
const LOOK_INTERVAL_IN_MS = 200;
/** Of the questions put to the second process. */
const STEP_IN_MS = 2;

/** @param startBeside starts a second process on the data of the first */
export async function measureRevocation(
  start: () => Promise<Service>,
  startBeside: (first: Service) => Promise<Service>,
): Promise<Row[]> {
  const first = await start();
  try {
    const second = await startBeside(first);
    try {
      return [row(await timesUntilRefused(first, second))];
    } finally {
      await second.stop();
    }
  } finally {
    await first.stop();
  }
}

async function timesUntilRefused(first: Service, second: Service): Promise<number[]> {
  const [here, there] = [await Connection.open(first.port), await Connection.open(second.port)];
  const { id } = await first.ask("account", {
    username: `bench-revoked-${Date.now()}`,
    password: "velvet quarry lamp seventeen",
  });
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { accessToken } = await first.ask("session", { userId: id, keyThumbprint: null });
    const headers = { authorization: `Bearer ${accessToken}` };
    const check = formatRequest({ method: "GET", path: paths.plain.checked, headers });
    const isAccepted = async () => (await there.exchange(check)).status === 200;
    if (!(await isAccepted())) throw new Error("the second process does not know the token");
    await sleep(Math.random() * LOOK_INTERVAL_IN_MS);
    const ended = await here.exchange(formatRequest({ method: "POST", path: "/api/auth/logout", headers }));
    if (ended.status !== 204) throw new Error(`the sign-out answered ${ended.status}`);
    const endedAt = performance.now();
    while (await isAccepted()) await sleep(STEP_IN_MS);
    times.push(performance.now() - endedAt);
  }
  here.close();
  there.close();
  return times;
}

function row(times: readonly number[]): Row {
  const p99 = quantile(times, 0.99);
  return {
    figure: "revocation reaches a second process: p50, p99",
    measured: `${quantile(times, 0.5).toFixed(0)} ms, ${p99.toFixed(0)} ms`,
    spread: `${times.length} sign-outs, at most ${Math.max(...times).toFixed(0)} ms`,
    byCpu: "",
    target: `p99 < ${TARGET_IN_MS.toLocaleString("en")} ms`,
    verdict: p99 < TARGET_IN_MS ? "met" : "missed",
  };
}
