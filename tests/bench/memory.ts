/** Whether protected calls leave anything behind. */
import { drive, lanesOf, openConnections } from "./load";
import type { Row } from "./report";
import type { Service } from "./service";
import { openSessions, protectedCalls } from "./token-check";

const WARM_UP_CALLS = 4_000;
const CALLS = 50_000;
const BATCH = 1_000;
const TARGET_IN_MIB = 30;
const CONNECTIONS = 8;

/**
 * Growth over calls with bound tokens, half of them on each face: the dearer kind, since each proof used is remembered
 * until it could no longer be replayed.
 */
export async function measureMemory(service: Service): Promise<Row> {
  const connections = await openConnections(service.port, CONNECTIONS);
  const holders = await openSessions(service, "bound");
  const run = async (count: number) => {
    for (let done = 0; done < count; done += BATCH) {
      const face = (done / BATCH) % 2 === 0 ? "plain" : "trpc";
      await drive(connections, lanesOf(protectedCalls(service, face, holders, BATCH), CONNECTIONS));
    }
  };
  await run(WARM_UP_CALLS);
  const before = await service.ask("memory", {});
  await run(CALLS);
  const after = await service.ask("memory", {});
  for (const connection of connections) connection.close();
  const growthInMib = inMib(after.usedInBytes - before.usedInBytes);
  return {
    figure: `memory growth over ${CALLS.toLocaleString("en")} protected calls, after collection`,
    measured: `${growthInMib.toFixed(1)} MiB`,
    spread: `resident ${inMib(after.residentInBytes - before.residentInBytes).toFixed(1)} MiB`,
    byCpu: "",
    target: `< ${TARGET_IN_MIB} MiB`,
    verdict: growthInMib < TARGET_IN_MIB ? "met" : "missed",
  };
}

function inMib(bytes: number): number {
  return bytes / 1024 / 1024;
}
