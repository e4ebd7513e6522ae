import type { RoleName } from "../../contract/schemas";
import type { LeftBehind } from "./person";

/** What is worth knowing of a person who was taken. */
export type ImportNote =
  | "id_mapped"
  | "username_derived"
  | "username_changed"
  | "display_name_changed"
  | "address_not_verified"
  | "address_not_usable"
  | "no_password"
  | "disabled"
  | LeftBehind;

export type PersonReport =
  | {
      readonly number: number;
      readonly outcome: "taken";
      readonly sourceId: string | null;
      readonly id: string;
      readonly username: string;
      readonly roles: readonly RoleName[];
      readonly notes: readonly ImportNote[];
    }
  | {
      readonly number: number;
      /** By an import before. Nothing of the account was changed. */
      readonly outcome: "already_there";
      readonly sourceId: string | null;
      readonly id: string;
      readonly username: string;
    }
  | {
      readonly number: number;
      readonly outcome: "refused";
      readonly sourceId: string | null;
      readonly fault: string;
    };

export interface ImportReport {
  readonly isDryRun: boolean;
  readonly people: readonly PersonReport[];
  /** Roles of the source that no option maps, and how many people have each. */
  readonly unmappedRoles: ReadonlyMap<string, number>;
}

export function countOf({ people }: Pick<ImportReport, "people">, outcome: PersonReport["outcome"]): number {
  return people.filter((person) => person.outcome === outcome).length;
}
