import { line } from "./answer";
import { auditCommand } from "./audit-command";
import { type Command, withService } from "./command";
import { systemCommand } from "./system-command";
import { UsageError } from "./usage-error";

/** On all sessions, keys and secrets, and on what was recorded. */
export const otherCommands = {
  ...auditCommand,
  ...systemCommand,
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
        await keys.rotate("sig", 0, "operator");
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
