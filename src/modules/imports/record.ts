import type { AccountRecord } from "../accounts";
import type { AuditRecord } from "../audit";
import type { EmailAddress } from "../mail";

/** An account with all that comes with it. */
export interface NewPerson {
  readonly account: AccountRecord;
  /** It counts as verified. */
  readonly email: EmailAddress | null;
  readonly record: AuditRecord;
}

/** What is to be taken by a person, in the forms that count. */
export interface Wanted {
  readonly id: string;
  readonly usernameKey: string;
  readonly emailKey: string | null;
}

/** Who has it already. */
export interface Taken {
  /** The username of the account with this id. */
  readonly existing: string | undefined;
  /** By another account, as its username or as its verified address. */
  readonly isUsernameTaken: boolean;
  readonly isEmailTaken: boolean;
}

export interface ImportStore {
  look(wanted: Wanted): Promise<Taken>;
  /** @returns whether all of it was inserted; false, and nothing was, when another account has one of its values */
  insert(person: NewPerson): Promise<boolean>;
}
