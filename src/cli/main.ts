import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isDomainError } from "../modules/domain-error";
import { createLog } from "../platform/log/log";
import { STANDARD_OUTPUT, writeLastWords, writeWhole } from "../platform/log/output";
import { OperatorError } from "../platform/operator-error";
import { type Container, createContainer, migrationsDirOf } from "../server/composition/container";
import { type Environment, readEnvironment } from "../server/settings/environment";
import { type ClientArguments, clientCommands } from "./client-commands";
import { replaceSecrets, rotateSecrets } from "./secrets";
import { UsageError } from "./usage-error";

const usage = `Usage: npm run -s countersign -- COMMAND

  user add NAME --password-stdin [--display-name TEXT]   make an account (the first is the owner)
  user list                                              name, roles, state and age of each account
  user disable NAME                                      close an account and end its sessions
  user enable NAME                                       open a closed account again
  user unlock NAME                                       let an account's password be tried again after too many wrong ones
  user reset-password NAME --password-stdin              set a password and end all sessions
  client add ID --name NAME [OPTIONS]                    register a program: --grants, --audience, --scopes, --require-binding;
                                                         --confidential for a secret, which is shown once, or
                                                         --jwks FILE for a key of its own
  client list                                            id, name, kind, grants, audience, binding and scopes of each
  client remove ID                                       remove a program and end its sessions
  sessions end --all                                     end every session, of copies of the database too
  keys rotate                                            make a new signing key; the old one is accepted for an hour
  secrets rotate                                         make a new secret; the old ones still open what they made
  secrets replace                                        the same, and nothing from before is accepted any more

It works on the data folder directly (DATA_DIR, DATABASE_URL, SECRETS) and beside a running service.
`;

// Bundled to dist/builds/NAME/cli.mjs.
const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");

async function main(): Promise<void> {
  const { positionals, values } = parseArguments();
  const [noun, verb = "", ...names] = positionals;
  if (values.help || noun === undefined) return print(usage);
  const typed = `${noun} ${verb}`;
  const [secretCommand, command] = [secretCommands[typed], commands[typed]];
  if (secretCommand ?? command) refuseWhatIsNotTaken(typed, names, values);
  if (secretCommand) return print(`${await secretCommand(readEnvironment(process.env, projectRoot))}\n`);
  if (!command) throw new UsageError(`There is no command "${typed.trim()}".\n\n${usage}`);
  const run = await command({
    name: names[0],
    readsPassword: values["password-stdin"],
    displayName: values["display-name"],
    clientName: values.name,
    grants: values.grants,
    audience: values.audience,
    scopes: values.scopes,
    jwksFile: values.jwks,
    requiresBinding: values["require-binding"],
    isConfidential: values.confidential,
    isForAll: values.all,
  });

  // Nothing but the command's own output goes to stdout, so that scripts can use it.
  const container = await createContainer(readEnvironment(process.env, projectRoot), {
    migrationsDir: migrationsDirOf(projectRoot),
    log: createLog("silent"),
    isOperator: true,
  });
  try {
    await run(container);
  } finally {
    await container.close();
  }
}

interface Arguments extends ClientArguments {
  readonly readsPassword: boolean;
  readonly displayName: string | undefined;
  readonly isForAll: boolean;
}

type Run = (container: Container) => Promise<void>;

/** Each reads all it needs before anything is opened. */
const commands: Readonly<Record<string, (given: Arguments) => Promise<Run>>> = {
  ...Object.fromEntries(
    Object.entries(clientCommands).map(([typed, command]) => [
      typed,
      async (given: Arguments) => {
        const run = command(given);
        return async (container: Container) => print(await run(container));
      },
    ]),
  ),
  "user add": async (given) => {
    const username = requireName(given);
    const password = await readPassword(given);
    return async ({ accounts }) => {
      const account = await accounts.create({ username, password, displayName: given.displayName });
      print(`${account.username}\t${account.roles.join(",")}\n`);
    };
  },
  "user list":
    async () =>
    async ({ accounts }) => {
      for (const account of await accounts.list()) {
        const state = account.disabledAt ? "disabled" : "open";
        print(
          `${account.username}\t${account.roles.join(",")}\t${state}\t${account.createdAt.toISOString()}\n`,
        );
      }
    },
  "user disable": async (given) => {
    const username = requireName(given);
    return async ({ accounts }) => {
      await accounts.disable(username);
      print(`${username}\tdisabled\n`);
    };
  },
  "user enable": async (given) => {
    const username = requireName(given);
    return async ({ accounts }) => {
      await accounts.enable(username);
      print(`${username}\topen\n`);
    };
  },
  "user unlock": async (given) => {
    const username = requireName(given);
    return async ({ accounts }) => {
      await accounts.unlock(username);
      print(`${username}\tunlocked\n`);
    };
  },
  "user reset-password": async (given) => {
    const username = requireName(given);
    const password = await readPassword(given);
    return async ({ accounts }) => {
      await accounts.resetPassword(username, password);
      print(`${username}\tpassword set\n`);
    };
  },
  "sessions end": async (given) => {
    if (!given.isForAll) throw new UsageError(`Which sessions? Every one: --all\n\n${usage}`);
    return async ({ sessions }) => print(`${await sessions.endAll()}\tsessions ended\n`);
  },
  "keys rotate":
    async () =>
    async ({ keys }) => {
      await keys.rotate("sig", 0);
      print(`${keys.current("sig").kid}\n`);
    },
};

/** These open no database through the secrets that they change. Each answers with the new one's id. */
const secretCommands: Readonly<Record<string, (environment: Environment) => Promise<string>>> = {
  "secrets rotate": rotateSecrets,
  "secrets replace": replaceSecrets,
};

function parseArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h", default: false },
        "password-stdin": { type: "boolean", default: false },
        "display-name": { type: "string" },
        name: { type: "string" },
        grants: { type: "string" },
        audience: { type: "string" },
        scopes: { type: "string" },
        jwks: { type: "string" },
        "require-binding": { type: "boolean", default: false },
        confidential: { type: "boolean", default: false },
        all: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

const namelessCommands: ReadonlySet<string> = new Set([
  "user list",
  "client list",
  "sessions end",
  "keys rotate",
  "secrets rotate",
  "secrets replace",
]);

/** Commands that are not named here take no options. */
const optionsOf: Readonly<Record<string, readonly string[]>> = {
  "user add": ["password-stdin", "display-name"],
  "user reset-password": ["password-stdin"],
  "sessions end": ["all"],
  "client add": ["name", "grants", "audience", "scopes", "jwks", "require-binding", "confidential"],
};

/** Overlooked, a second name or another command's option would leave the operator sure of what has not been done. */
function refuseWhatIsNotTaken(typed: string, names: readonly string[], values: object): void {
  const options = Object.entries(values).flatMap(([option, value]) => (value === false ? [] : [option]));
  const others = options.filter((option) => !optionsOf[typed]?.includes(option));
  const [first] = [
    ...names.slice(namelessCommands.has(typed) ? 0 : 1),
    ...others.map((option) => `--${option}`),
  ];
  if (first !== undefined) throw new UsageError(`"${typed}" does not take "${first}".\n\n${usage}`);
}

function requireName({ name }: Arguments): string {
  if (!name) throw new UsageError(`Which account?\n\n${usage}`);
  return name;
}

/** From standard input, never from an argument: those are seen by everyone on the machine and kept in histories. */
async function readPassword({ readsPassword }: Arguments): Promise<string> {
  if (!readsPassword) throw new UsageError("Give the password on standard input and say --password-stdin.");
  const password = decodeInput(Buffer.concat(await process.stdin.toArray())).replace(/\r?\n$/, "");
  if (password === "") throw new UsageError("Standard input held no password.");
  if (/[\r\n]/.test(password)) {
    throw new UsageError(
      "Standard input held more than one line: nobody could type that password into a page.",
    );
  }
  return password;
}

/** Another encoding's letters would all become the same one, and many passwords would open the account. */
function decodeInput(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError("Standard input is not UTF-8.");
  }
}

/** What was shown once may be needed, such as a secret: when nobody can have seen it, the command has failed. */
function print(text: string): void {
  try {
    writeWhole(STANDARD_OUTPUT, text);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "no reason known";
    throw new OperatorError(`It was done, but the answer could not be written to standard output (${code}).`);
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const isExpected = error instanceof OperatorError || isDomainError(error);
    writeLastWords(`${isExpected || !(error instanceof Error) ? (error as Error).message : error.stack}\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
