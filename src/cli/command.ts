import type { Container } from "../server/composition/container";
import type { Environment } from "../server/settings/environment";
import type { Answer } from "./answer";
import type { OptionName, Options } from "./options";

/** What was typed behind the command's words. */
export interface Given {
  /** The account or the client; empty where the command takes none. */
  readonly name: string;
  /** What follows the name. */
  readonly rest: readonly string[];
  readonly options: Options;
}

/** One command of the operator. */
export interface Command {
  /** What is typed behind its words. */
  readonly takes?: string;
  /** What it does, for the help. */
  readonly says: string;
  /** How many words it takes behind its own, the name among them. */
  readonly words: number;
  /** Besides `--json`, which every command takes. */
  readonly options?: readonly OptionName[];
  /**
   * Reads all it needs before anything is opened.
   *
   * @returns what is done then
   * @throws UsageError for what was typed
   */
  prepare(given: Given): Work | Promise<Work>;
}

/** With the service's parts, or, for what must not be opened with the secrets that it changes, with the settings alone. */
export type Work =
  | { readonly opens: "service"; run(container: Container): Promise<Answer> }
  | { readonly opens: "nothing"; run(environment: Environment, projectRoot: string): Promise<Answer> };

/** @returns work for a running or stopped service, as the database and the secrets are */
export const withService = (run: (container: Container) => Promise<Answer>): Work => ({
  opens: "service",
  run,
});
