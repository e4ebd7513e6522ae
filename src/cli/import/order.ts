import type { RoleName } from "../../contract/schemas";
import type { Dialect } from "./dialects";

/** What is to be imported, and how. */
export interface ImportOrder {
  readonly file: string;
  readonly source: Dialect;
  readonly roles: ReadonlyMap<string, RoleName>;
  readonly isDryRun: boolean;
  /** The file with the hash parameters of a Firebase project. */
  readonly hashConfig?: string | undefined;
}
