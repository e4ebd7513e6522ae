import { clientCommands } from "./client-commands";
import type { Command } from "./command";
import { importCommands } from "./import/import-command";
import { invitationCommands } from "./invitation-commands";
import { mailCommands } from "./mail-commands";
import { otherCommands } from "./other-commands";
import { userCommands } from "./user-commands";

/** Each by its words. */
export const commands: Readonly<Record<string, Command>> = {
  ...userCommands,
  ...invitationCommands,
  ...importCommands,
  ...clientCommands,
  ...mailCommands,
  ...otherCommands,
};

/** The whole line of a command, as the help and the documents have it. */
export const lineOf = (words: string): string => {
  const takes = commands[words]?.takes;
  return takes === undefined ? words : `${words} ${takes}`;
};

/** @param noun only its commands; all, unless one is given */
export function helpOn(noun?: string): string {
  const chosen = Object.entries(commands).filter(
    ([words]) => noun === undefined || words === noun || words.startsWith(`${noun} `),
  );
  const lines = chosen.map(([words, { says }]) => `  ${lineOf(words)}\n      ${says}\n`);
  return `Usage: npm run -s countersign -- COMMAND

${lines.join("")}
Every command takes --json, for an answer that programs read.
It works on the data folder directly (DATA_DIR, DATABASE_URL, SECRETS) and beside a running service.
`;
}

export const nouns: ReadonlySet<string> = new Set(
  Object.keys(commands).map((words) => words.split(" ", 1)[0] ?? ""),
);
