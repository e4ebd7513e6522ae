import path from "node:path";
import { fileURLToPath } from "node:url";
import next from "next";
import { OperatorError } from "../platform/operator-error";
import { compose, printSetupLink } from "./compose";
import { isLoopback } from "./environment";
import { closeServer, createNodeServer, refuseOtherMachines } from "./node-server";

// Bundled to dist/server.mjs.
const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

/** Starts the service and keeps it running until it is told to stop. */
async function main(): Promise<void> {
  // Before the pages are prepared: their instrumentation composes the service where nobody has.
  const { container, api } = await compose(projectRoot);
  const { environment } = container;

  const pages = next({ dev: process.env.COUNTERSIGN_DEV === "1", dir: projectRoot });
  await pages.prepare();
  const server = createNodeServer(container, api, pages.getRequestHandler());
  // An address that only this machine can reach is not served to others, unless HOST says so.
  if (environment.host === undefined && isLoopback(environment.appUrl)) refuseOtherMachines(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(environment.port, environment.host, resolve);
  });
  process.stdout.write(`\n  Countersign is ready: ${environment.appUrl.origin}\n`);
  await printSetupLink(container);

  let isStopping = false;
  const stop = async () => {
    if (isStopping) return;
    isStopping = true;
    // Streams first: an open one would hold its connection for as long as it lives.
    container.endStreams();
    await closeServer(server);
    await container.close();
    await pages.close();
    process.exit(0);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // A fault in one request's leftovers must not end everybody's service; it is logged and the process lives.
  process.on("unhandledRejection", (error) => container.log.error({ err: error }, "unhandled rejection"));
}

main().catch((error: unknown) => {
  if (error instanceof OperatorError) {
    process.stderr.write(`${error.message}\n`);
  } else {
    process.stderr.write(
      `Countersign could not start: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
  }
  process.exit(1);
});
