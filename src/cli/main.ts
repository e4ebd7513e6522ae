import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isDomainError } from "../modules/domain-error";
import { STANDARD_OUTPUT, writeLastWords, writeWhole } from "../platform/log/output";
import { OperatorError } from "../platform/operator-error";
import type { Answer } from "./answer";
import type { Command, Work } from "./command";
import { commands, helpOn, nouns } from "./commands";
import { type OptionName, type Options, optionTable } from "./options";
import { UsageError } from "./usage-error";

// Bundled to dist/builds/NAME/cli.mjs.
const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");

async function main(): Promise<void> {
  const { words, options } = readArguments();
  const [first, second] = words;
  if (first === undefined || first === "help" || options.help) {
    return print(helpOn(nouns.has(first ?? "") ? first : second));
  }
  const { command, rest } = findCommand(words);
  refuseWhatIsNotTaken(words.slice(0, words.length - rest.length).join(" "), command, rest, options);
  const [name = "", ...others] = rest;
  const answer = await perform(await command.prepare({ name, rest: others, options }));
  print(options.json ? `${JSON.stringify(answer.data)}\n` : answer.text);
}

function readArguments(): { words: string[]; options: Options } {
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options: optionTable });
    return { words: positionals, options: values };
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${helpOn()}`);
  }
}

/** @returns the command, and what is typed behind its words */
function findCommand(words: readonly string[]): { command: Command; rest: readonly string[] } {
  for (const count of [2, 1]) {
    const command = commands[words.slice(0, count).join(" ")];
    if (command && words.length >= count) return { command, rest: words.slice(count) };
  }
  const [noun = "", verb] = words;
  if (!nouns.has(noun)) throw new UsageError(`There is no command "${words.join(" ")}".\n\n${helpOn()}`);
  const found = verb === undefined ? `What about "${noun}"?` : `There is no command "${noun} ${verb}".`;
  throw new UsageError(`${found} There are:\n\n${helpOn(noun)}`);
}

/** Overlooked, a second name or another command's option would leave the operator sure of what has not been done. */
function refuseWhatIsNotTaken(
  typed: string,
  command: Command,
  rest: readonly string[],
  options: Options,
): void {
  const taken: readonly OptionName[] = ["json", ...(command.options ?? [])];
  const others = (Object.keys(options) as OptionName[]).filter((option) => !taken.includes(option));
  const [unwanted] = [...rest.slice(command.words), ...others.map((option) => `--${option}`)];
  if (unwanted !== undefined) {
    throw new UsageError(`"${typed}" does not take "${unwanted}".\n\n${helpOn(typed)}`);
  }
}

async function perform(work: Work): Promise<Answer> {
  const { readEnvironment } = await import("../server/settings/environment");
  const environment = readEnvironment(process.env, projectRoot);
  if (work.opens === "nothing") return work.run(environment, projectRoot);
  // Late: it loads the whole service, which no help and no refusal has to wait for.
  const { openInstallation } = await import("./open-installation");
  const container = await openInstallation(environment, projectRoot);
  try {
    return await work.run(container);
  } finally {
    await container.close();
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
