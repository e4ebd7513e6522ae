import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { SETUP_LINK_LIFETIME_IN_SECONDS } from "../modules/accounts";
import { createApi } from "./api";
import { type Container, createContainer, migrationsDirOf } from "./container";
import { type Environment, readEnvironment } from "./environment";
import { type Shared, share } from "./shared";

/**
 * Composes the service in this process and hands it to the pages and route handlers.
 *
 * @throws OperatorError for secrets or a database that cannot be used; its message is for the operator
 */
export async function compose(projectRoot: string, environment: Environment): Promise<Shared> {
  const container = await createContainer(environment, {
    migrationsDir: migrationsDirOf(projectRoot),
    captchaWorkerFile: path.join(projectRoot, "dist", "captcha-worker.mjs"),
    processStartedAt: new Date(performance.timeOrigin),
  });
  warn(environment, container);
  await setTimeout(Math.max(0, container.proofs.acceptsFrom.getTime() - Date.now()));
  const shared = { container, api: createApi(container) };
  share(shared);
  return shared;
}

/**
 * Composes the service for a host that is not our own server, and that was started in the project's folder.
 *
 * @throws OperatorError as {@link compose}, and for settings
 */
export async function composeForAnotherHost(): Promise<void> {
  const { container } = await compose(process.cwd(), readEnvironment(process.env));
  await printSetupLink(container);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      // Next waits for the open connections, and a stream's never ends by itself.
      container.endStreams();
      // Ours was the only listener, and it took the place of the default.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}

/** The link goes to the terminal and, for those who see no terminal, into a file that only the operator can read. */
export async function printSetupLink({ setupLink, environment }: Container): Promise<void> {
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
