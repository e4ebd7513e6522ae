import { type AuditEventType, storedEventTypes } from "../contract/audit";
import { auditedAccountId } from "../modules/audit";
import type { Container } from "../server/composition/container";
import { table } from "./answer";
import { type Command, withService } from "./command";
import type { Options } from "./options";
import { readDuration } from "./read-duration";
import { UsageError } from "./usage-error";

const USUAL_LIMIT = 100;
const MAX_LIMIT = 10_000;

export const auditCommand = {
  audit: {
    takes: "[--user NAME] [--actor NAME] [--since TIME] [--until TIME] [--type TYPES] [--limit N]",
    says: "what was recorded, newest first",
    words: 0,
    options: ["user", "actor", "since", "until", "type", "limit"],
    prepare({ options }) {
      const limit = readLimit(options.limit);
      const [since, until] = [readTime("since", options.since), readTime("until", options.until)];
      const types = readTypes(options.type);
      return withService(async (services) => {
        const { audit, accounts, clock } = services;
        const now = clock.now();
        const records = await audit.list({
          userId: options.user === undefined ? undefined : await idOf(options.user, services),
          actorId: options.actor === undefined ? undefined : await actorOf(options.actor, services),
          ...{ ...types, ...since(now), ...until(now), limit },
        });
        const names = new Map((await accounts.list()).map(({ id, username }) => [id, username]));
        const nameOf = (id: string | null) => (id === null ? null : (names.get(id) ?? null));
        const rows = records.map(({ at, type, userId, sessionId, address, actorId, detail }) => ({
          ...{ at, type, username: nameOf(userId), user_id: userId, session_id: sessionId },
          ...{ by: nameOf(actorId) ?? actorId, address, detail: JSON.stringify(detail) },
        }));
        const data = rows.map((row, index) => ({ ...row, actor_id: records[index]?.actorId ?? null }));
        return { text: table(rows).text, data };
      });
    },
  },
} satisfies Readonly<Record<string, Command>>;

/** @throws DomainError `not_found` */
async function idOf(
  name: string,
  services: Pick<Container, "accounts" | "audit" | "accountAdministration">,
): Promise<string> {
  return (await auditedAccountId(name, services)) ?? (await services.accountAdministration.require(name)).id;
}

async function actorOf(name: string, services: Parameters<typeof idOf>[1]): Promise<string> {
  return name === "operator" || name === "system" || name.startsWith("client:") ? name : idOf(name, services);
}

function readLimit(text = String(USUAL_LIMIT)): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new UsageError(`--limit has to be a whole number from 1 to ${MAX_LIMIT}.`);
  }
  return limit;
}

/** A time, or how long ago: `90m`, `24h`, `7d`. */
function readTime(
  option: "since" | "until",
  text: string | undefined,
): (now: Date) => { readonly [Name in "since" | "until"]?: Date } {
  if (text === undefined) return () => ({});
  const agoInSeconds = readDuration(text);
  if (agoInSeconds !== undefined) {
    return (now) => ({ [option]: new Date(now.getTime() - agoInSeconds * 1000) });
  }
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(time.getTime())) {
    throw new UsageError(
      `--${option} takes a time such as 2026-01-31 or 2026-01-31T12:00:00Z, or how long ago: 90m, 24h, 7d.`,
    );
  }
  return () => ({ [option]: time });
}

/** A wrong name is refused: no event of that type would read as "it never happened". */
function readTypes(text: Options["type"]): { readonly types?: readonly AuditEventType[] } {
  if (text === undefined) return {};
  const types = text.split(",").map((written) => {
    const name = written.trim();
    const type = storedEventTypes.find((known) => known === name);
    if (type) return type;
    throw new UsageError(
      `The audit trail has no events of the type "${name}". It has these: ${storedEventTypes.join(", ")}.`,
    );
  });
  return { types };
}
