import { type AuditEventType, type AuditRecord, storedEventTypes } from "../modules/audit";
import { line, table } from "./answer";
import { type Command, withService } from "./command";
import type { Options } from "./options";
import { readDuration } from "./read-duration";
import { UsageError } from "./usage-error";

const USUAL_LIMIT = 100;
const MAX_LIMIT = 10_000;

/** On all sessions, keys and secrets, and on what was recorded. */
export const otherCommands = {
  audit: {
    takes: "[--user NAME] [--since TIME] [--type TYPES] [--limit N]",
    says: "what was recorded, newest first",
    words: 0,
    options: ["user", "since", "type", "limit"],
    prepare({ options }) {
      const limit = readLimit(options.limit);
      const since = readSince(options.since);
      const types = readTypes(options.type);
      return withService(async ({ audit, accounts, accountAdministration, clock }) => {
        const user =
          options.user === undefined ? undefined : await accountAdministration.require(options.user);
        const records = await audit.list({
          ...(user ? { userId: user.id } : {}),
          ...types,
          since: since(clock.now()),
          limit,
        });
        const names = new Map((await accounts.list()).map(({ id, username }) => [id, username]));
        return table(
          records.map(({ at, type, userId, sessionId, address, detail }) => ({
            ...{ at, type, username: userId === null ? null : (names.get(userId) ?? null) },
            ...{ user_id: userId, session_id: sessionId, by: whoOf(detail), address },
            detail: JSON.stringify(detail),
          })),
        );
      });
    },
  },
  "sessions end": {
    takes: "--all",
    says: "end every session, of copies of the database too",
    words: 0,
    options: ["all"],
    prepare({ options }) {
      if (!options.all) throw new UsageError("Which sessions? Every one: --all");
      return withService(async ({ sessions }) => {
        const ended = await sessions.endAll();
        return { text: `${ended}\tsessions ended\n`, data: { sessions_ended: ended } };
      });
    },
  },
  "keys rotate": {
    says: "make a new signing key; the old one is accepted for an hour",
    words: 0,
    prepare: () =>
      withService(async ({ keys }) => {
        await keys.rotate("sig", 0);
        return line({ kid: keys.current("sig").kid });
      }),
  },
  "secrets rotate": {
    says: "make a new secret; the old ones still open what they made",
    words: 0,
    prepare: () => ({
      opens: "nothing",
      run: async (environment) => line({ id: await (await import("./secrets")).rotateSecrets(environment) }),
    }),
  },
  "secrets replace": {
    says: "the same, and nothing from before is accepted any more",
    words: 0,
    prepare: () => ({
      opens: "nothing",
      run: async (environment) => line({ id: await (await import("./secrets")).replaceSecrets(environment) }),
    }),
  },
  "database copy": {
    takes: "--from ADDRESS --to ADDRESS",
    says: "copy everything to an empty database, from SQLite to PostgreSQL or back",
    words: 0,
    options: ["from", "to"],
    prepare({ options: { from, to } }) {
      if (from === undefined || to === undefined)
        throw new UsageError("Between which databases? Give both: --from ADDRESS --to ADDRESS");
      return {
        opens: "nothing",
        run: async (environment, projectRoot) =>
          (await import("./database-copy")).copyDatabases({ from, to }, environment, projectRoot),
      };
    },
  },
} satisfies Readonly<Record<string, Command>>;

/** Who did it, for events that say so: `operator`, `system`, `session ID` or `client ID`. */
function whoOf({ by, by_session, by_client }: AuditRecord["detail"]): string | null {
  if (by === undefined) return null;
  const id = by_session ?? by_client;
  return id === undefined ? String(by) : `${by} ${id}`;
}

function readLimit(text = String(USUAL_LIMIT)): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new UsageError(`--limit has to be a whole number from 1 to ${MAX_LIMIT}.`);
  }
  return limit;
}

/** A time, or how long ago: `90m`, `24h`, `7d`. */
function readSince(text: string | undefined): (now: Date) => Date {
  if (text === undefined) return () => new Date(0);
  const agoInSeconds = readDuration(text);
  if (agoInSeconds !== undefined) return (now) => new Date(now.getTime() - agoInSeconds * 1000);
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(time.getTime())) {
    throw new UsageError(
      "--since takes a time such as 2026-01-31 or 2026-01-31T12:00:00Z, or how long ago: 90m, 24h, 7d.",
    );
  }
  return () => time;
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
