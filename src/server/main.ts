import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import next from "next";
import { SETUP_LINK_LIFETIME_IN_SECONDS } from "../modules/accounts";
import { OperatorError } from "../platform/operator-error";
import { createApi } from "./api";
import { type Container, createContainer, migrationsDirOf } from "./container";
import { type Environment, isLoopback, readEnvironment } from "./environment";
import { closeServer, createNodeServer, refuseOtherMachines } from "./node-server";
import { share } from "./shared";

// Bundled to dist/server.mjs.
const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

/** Starts the service and keeps it running until it is told to stop. */
async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  const container = await createContainer(environment, {
    migrationsDir: migrationsDirOf(projectRoot),
    captchaWorkerFile: path.join(projectRoot, "dist", "captcha-worker.mjs"),
  });
  warn(environment, container);
  const api = createApi(container);
  share({ container, api });

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

/** The link goes to the terminal and, for those who see no terminal, into a file that only the operator can read. */
async function printSetupLink({ setupLink, environment }: Container): Promise<void> {
  const file = path.join(environment.dataDir, "setup-link");
  const secret = await setupLink.renew();
  rmSync(file, { force: true });
  if (secret === undefined) return;
  const link = `${environment.appUrl.origin}/setup#${secret}`;
  writeFileSync(file, `${link}\n`, { mode: 0o600 });
  const minutes = SETUP_LINK_LIFETIME_IN_SECONDS / 60;
  process.stdout.write(`  Create the owner's account (good for ${minutes} minutes, once):\n  ${link}\n\n`);
}

function warn({ captchaMode, appUrl }: Environment, { log }: Container): void {
  if (captchaMode === "off")
    log.warn("CAPTCHA=off: nothing slows down programs that guess passwords but the waits");
  if (appUrl.protocol === "http:") log.warn("APP_URL is not https: good for this machine only");
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
