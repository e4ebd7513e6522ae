import type { ForeignHash } from "../passwords";

/** What a source has of a person that is not brought over. */
export type LeftBehind =
  | "linked_account"
  | "passkey"
  | "phone"
  | "recovery_codes"
  | "authenticator_app"
  | "anonymous"
  | "service_account"
  | "deleted";

/** A person as the source has them. */
export interface SourcePerson {
  /** In a CSV file the line, elsewhere the place of the entry among the people, from 1. */
  readonly number: number;
  readonly id: string | null;
  /** That they sign in with there. Null where the source has none: it is derived then. */
  readonly username: string | null;
  /** A name that they have given themselves, and that others may have too: nobody signs in with it there. */
  readonly nickname?: string | null;
  readonly displayName: string | null;
  readonly email: { readonly address: string; readonly isVerified: boolean } | null;
  /** Null: the person has no password there. */
  readonly hash: ForeignHash | null;
  readonly isDisabled: boolean;
  /** As the source calls them. */
  readonly roles: readonly string[];
  readonly createdAt: Date | null;
  readonly leftBehind: readonly LeftBehind[];
}

/** One that cannot be read, or is nobody who signs in. */
export interface UnusableEntry {
  readonly number: number;
  readonly id: string | null;
  readonly fault: string;
}

export type Entry = SourcePerson | UnusableEntry;

/** Why an entry cannot be used. */
export class EntryFault extends Error {}

/** The file is none of the source's. Its message is for the operator. */
export class FileFault extends Error {}
