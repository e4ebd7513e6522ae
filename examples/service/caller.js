/** A program that no person signs in to. It calls the service for as long as it runs, and renews its token by itself. */
import { setTimeout as sleep } from "node:timers/promises";
import { createServiceClient } from "countersign/node";

const reports = process.env.REPORTS_URL ?? "http://localhost:4000/reports";
const pauseInMs = Number(process.env.PAUSE_IN_MS ?? 60_000);

const client = createServiceClient({
  url: process.env.COUNTERSIGN_URL ?? "http://localhost:3000",
  clientId: process.env.CLIENT_ID ?? "nightly-export",
  clientSecret: process.env.CLIENT_SECRET ?? "",
});

for (;;) {
  try {
    const response = await client.fetch(reports);
    console.log(response.status, await response.text());
  } catch (error) {
    // Nothing is lost by a fault: the next round asks for a token again if it has to.
    console.error(error instanceof Error ? error.message : error);
  }
  await sleep(pauseInMs);
}
