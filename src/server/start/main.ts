import type { Server } from "node:net";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import next from "next";
import { isLoopback } from "../../contract/loopback";
import { limitHeapGrowth } from "../../platform/heap-growth";
import { logUncaughtErrors } from "../../platform/log/captured-output";
import { writeLastWords } from "../../platform/log/output";
import { OperatorError } from "../../platform/operator-error";
import { announceLan } from "../lan/announce";
import { prepareLanMode } from "../lan/lan-mode";
import { listen, listenOnLoopback } from "../node/listen";
import { closeServer, createNodeServer } from "../node/node-server";
import { readArguments } from "../settings/arguments";
import { type Environment, readEnvironment } from "../settings/environment";
import { explainListenFault } from "../settings/start-faults";
import { compose, printSetupLink } from "./compose";

// Bundled to dist/builds/NAME/server.mjs, beside the pages and the packages of that build.
const buildFolder = path.dirname(fileURLToPath(import.meta.url));
const projectRoot = path.resolve(buildFolder, "../../..");
const isDevelopment = process.env.COUNTERSIGN_DEV === "1";

const PHONE_HINT = "No phone can reach that address. To sign in with one: npm start -- --lan";

/** Starts the service and keeps it running until it gets a signal to stop. */
async function main(): Promise<void> {
  limitHeapGrowth();
  const { mode } = readArguments(process.argv.slice(2));
  const settings = readEnvironment(process.env, projectRoot);
  const lan = mode === "lan" ? await prepareLanMode(settings) : undefined;
  const environment = lan?.environment ?? settings;
  // Before the pages are prepared: their instrumentation composes the service where nobody has.
  const { container, api, output } = await compose({ projectRoot, buildFolder }, environment);

  const pages = next({ dev: isDevelopment, dir: isDevelopment ? projectRoot : buildFolder });
  await pages.prepare();
  logUncaughtErrors(container.log);
  const server = createNodeServer(container, api, pages.getRequestHandler(), lan?.createServer);
  const listening = await openPort(server, environment, mode);
  if (mode !== "lan" && environment.host === undefined && !isLoopback(environment.appUrl)) {
    container.log.warn(
      "HOST is not set: nobody but this machine gets in, such as a proxy on it. In a container, or behind a proxy on another machine: HOST=0.0.0.0",
    );
  }
  output.write(`\n  Countersign is ready: ${environment.appUrl.origin}\n`);
  if (lan) output.write(announceLan(lan, process.stdout));
  else if (isLoopback(environment.appUrl)) output.write(`  ${PHONE_HINT}\n`);
  await printSetupLink(container, output);

  let isStopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (isStopping) return;
    isStopping = true;
    container.leave();
    // Whoever shares calls out is to see it before anything is refused.
    if (signal === "SIGTERM") await setTimeout(environment.stopDelayInSeconds * 1000);
    // Streams first: an open one would hold its connection for as long as it lives.
    container.endStreams();
    await closeServer(server, listening);
    await container.close();
    await pages.close();
    process.exit(0);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

/** Nobody but this machine comes in, unless HOST or `--lan` says so. @returns the servers that listen */
async function openPort(
  server: Server,
  { port, host }: Environment,
  mode: ReturnType<typeof readArguments>["mode"],
): Promise<readonly Server[]> {
  try {
    if (host === undefined && mode !== "lan") return await listenOnLoopback(server, port);
    await listen(server, port, host);
    return [server];
  } catch (error) {
    throw explainListenFault(error, { port, host });
  }
}

main().catch((error: unknown) => {
  if (error instanceof OperatorError) {
    writeLastWords(`${error.message}\n`);
  } else {
    writeLastWords(`Countersign could not start: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
  process.exit(1);
});
