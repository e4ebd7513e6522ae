import { createLog } from "../platform/log/log";
import { type Container, createContainer, migrationsDirOf } from "../server/composition/container";
import type { Environment } from "../server/settings/environment";

/** Nothing but the command's own answer goes to standard output, so that scripts can use it: the log is silent. */
export function openInstallation(environment: Environment, projectRoot: string): Promise<Container> {
  return createContainer(environment, {
    migrationsDir: migrationsDirOf(projectRoot),
    log: createLog("silent"),
    isOperator: true,
  });
}
