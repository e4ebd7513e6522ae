import { subscribe } from "node:diagnostics_channel";
import { rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { isLoopback } from "../../contract/loopback";
import { SETUP_LINK_LIFETIME_IN_SECONDS } from "../../modules/accounts";
import { loadVerification } from "../../modules/passkeys";
import { captureOutput, logUncaughtErrors } from "../../platform/log/captured-output";
import { createLog } from "../../platform/log/log";
import { Output, STANDARD_OUTPUT } from "../../platform/log/output";
import { type Container, createContainer, migrationsDirOf } from "../composition/container";
import { createApi, isApiPath } from "../faces/api";
import { guardPage } from "../node/page-gate";
import { type Environment, readEnvironment } from "../settings/environment";
import { explainStorageFault } from "../settings/start-faults";
import { type Shared, share } from "./shared";

export interface Composed extends Shared {
  /** Standard output, for what people are to read as the service starts. */
  readonly output: Output;
}

interface Places {
  readonly projectRoot: string;
  /** Where the programs of the build are that runs. */
  readonly buildFolder: string;
}

/**
 * Composes the service in this process and hands it to the pages and route handlers. From then on whatever a library
 * prints is a line of the log, but for development, where it is what the developer looks at.
 *
 * @throws OperatorError for secrets or a database that cannot be used; its message is for the operator
 */
export async function compose(
  { projectRoot, buildFolder }: Places,
  environment: Environment,
): Promise<Composed> {
  const output = new Output(STANDARD_OUTPUT);
  const log = createLog(environment.logLevel, output);
  await loadVerification();
  const container = await createContainer(environment, {
    log,
    migrationsDir: migrationsDirOf(projectRoot),
    threadsDir: buildFolder,
    processStartedAt: new Date(performance.timeOrigin),
  }).catch((error: unknown) => {
    throw explainStorageFault(error);
  });
  warn(environment, container);
  const acceptsFrom = await container.proofs.acceptsFrom();
  // A second at the most, whatever the clock was set to meanwhile.
  await setTimeout(Math.min(1000, Math.max(0, acceptsFrom.getTime() - container.clock.now().getTime())));
  const shared = { container, api: createApi(container) };
  share(shared);
  if (!isDevelopment) captureOutput(log);
  return { ...shared, output };
}

/**
 * Composes the service for a host that is not our own server, and that was started in the project's folder.
 *
 * @throws OperatorError as {@link compose}, and for settings
 */
export async function composeForAnotherHost(): Promise<void> {
  const projectRoot = process.cwd();
  const buildFolder = path.join(projectRoot, "dist", "current");
  const { container, output } = await compose({ projectRoot, buildFolder }, readEnvironment(process.env));
  container.log.warn(
    "this host does not say who calls: nobody is counted by address, a new device works ten seconds before it signs in, and sign-in by QR code asks for six digits. Our own server (npm start) does",
  );
  logUncaughtErrors(container.log);
  guardPagesOfAnotherHost();
  await printSetupLink(container, output);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      // Next waits for the open connections, and a stream's never ends by itself.
      container.endStreams();
      // Ours was the only listener, and it took the place of the default.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}

/** The host's server hands its requests to Next at once; Node says of each before that. */
function guardPagesOfAnotherHost(): void {
  if (isDevelopment) return;
  subscribe("http.server.request.start", (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (!isApiPath(request.url ?? "")) guardPage(request, response);
  });
}

const isDevelopment = process.env.COUNTERSIGN_DEV === "1" || process.env.NODE_ENV === "development";

/** The link goes to the terminal and, for those who see no terminal, into a file that only the operator can read. */
export async function printSetupLink(
  { setupLink, environment }: Container,
  output: Pick<Output, "write">,
): Promise<void> {
  const file = path.join(environment.dataDir, "setup-link");
  const secret = await setupLink.renew();
  rmSync(file, { force: true });
  if (secret === undefined) return;
  const link = `${environment.appUrl.origin}/setup#${secret}`;
  writeFileSync(file, `${link}\n`, { mode: 0o600 });
  const minutes = SETUP_LINK_LIFETIME_IN_SECONDS / 60;
  output.write(`  Create the owner's account (this link works once, for ${minutes} minutes):\n  ${link}\n\n`);
}

function warn({ captchaMode, appUrl, protectedSites }: Environment, { log }: Container): void {
  if (captchaMode === "off")
    log.warn("CAPTCHA=off: nothing slows down programs that guess passwords but the waits");
  if (appUrl.protocol === "http:") log.warn("APP_URL is not https: good for this machine only");
  const neighbours = protectedSites.filter((site) => new URL(site).hostname === appUrl.hostname);
  // On the machine itself that is how one tries it out.
  if (neighbours.length > 0 && !isLoopback(appUrl)) {
    log.warn(
      { sites: neighbours },
      "protected sites on Countersign's own host name: cookies know no ports, so their servers see Countersign's",
    );
  }
}
