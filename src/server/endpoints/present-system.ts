/** What the installation is like, as administrators and the operator's command see it. */
import type { SystemOutput } from "../../contract/system";
import type { Container } from "../composition/container";
import { inSeconds } from "./present";

export async function presentSystem(
  services: Pick<Container, "system" | "keys" | "environment" | "healthDetail">,
): Promise<SystemOutput> {
  const { version, storage, sweptAt, mail } = await services.system.look();
  const { keys, nextRotationAt } = services.keys.signingKeys();
  return {
    version,
    node: process.versions.node,
    instances: storage.instances,
    storage: {
      kind: storage.kind,
      version: storage.version,
      size_in_bytes: storage.sizeInBytes,
      migrations: { applied: storage.migrations, latest: storage.latestMigration },
      swept_at: sweptAt && inSeconds(sweptAt),
    },
    mail: {
      enabled: mail.isEnabled,
      waiting: mail.waiting,
      oldest_since: mail.oldestSince && inSeconds(mail.oldestSince),
      last_failure: mail.lastFailure && {
        at: inSeconds(mail.lastFailure.at),
        reason: mail.lastFailure.reason,
      },
    },
    keys: keys.map(({ kid, alg, createdAt, activeAt, retiredAt }) => ({
      ...{ kid, alg, created_at: inSeconds(createdAt), active_at: inSeconds(activeAt) },
      retired_at: retiredAt && inSeconds(retiredAt),
    })),
    next_rotation_at: inSeconds(nextRotationAt),
    settings: services.environment.shownSettings.map(({ name, value, isDefault }) => ({
      ...{ name, value, is_default: isDefault },
    })),
    notices: [...services.healthDetail()],
  };
}
