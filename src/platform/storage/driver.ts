import type {
  AcknowledgedNotice,
  AuditEvent,
  EmailAddress,
  Invitation,
  OAuthClient,
  OutgoingMail,
  Passkey,
  PasskeyChallenge,
  PrismaClient,
  SecondFactorChallenge,
  ServerKey,
  Session,
  SetupLink,
  SignInThrottle,
  SiteCode,
  Ticket,
  UsedProof,
  User,
} from "../prisma/generated/sqlite/client";

/** What a statement may take as a value. */
export type SqlValue = string | number | boolean | null | Date;

/** A part of a statement that each database words in its own way. */
export class SqlPart {
  readonly text: readonly string[];
  readonly values: readonly SqlValue[];

  constructor(text: readonly string[], ...values: SqlValue[]) {
    this.text = text;
    this.values = values;
  }
}

/** The rows that are inserted whole: every column is named. */
interface InsertedRows {
  AcknowledgedNotice: AcknowledgedNotice;
  AuditEvent: AuditEvent;
  EmailAddress: EmailAddress;
  Invitation: Invitation;
  OAuthClient: OAuthClient;
  OutgoingMail: OutgoingMail;
  Passkey: Passkey;
  PasskeyChallenge: PasskeyChallenge;
  SecondFactorChallenge: SecondFactorChallenge;
  ServerKey: ServerKey;
  Session: Session;
  SetupLink: SetupLink;
  SignInThrottle: SignInThrottle;
  SiteCode: SiteCode;
  Ticket: Ticket;
  UsedProof: UsedProof;
  User: User;
}
export type InsertedTable = keyof InsertedRows;
export type InsertedRow<Table extends InsertedTable> = InsertedRows[Table];
/** A row, and where it goes. */
export type RowToInsert = {
  readonly [Table in InsertedTable]: { readonly table: Table; readonly row: InsertedRow<Table> };
}[InsertedTable];

export const modelNames = [
  "acknowledgedNotice",
  "auditEvent",
  "invitation",
  "knownDevice",
  "oAuthClient",
  "passkey",
  "passkeyChallenge",
  "qrLogin",
  "secondFactor",
  "secondFactorChallenge",
  "serverKey",
  "session",
  "setupLink",
  "signInThrottle",
  "siteCode",
  "ticket",
  "usedProof",
  "user",
] as const;

/** Prisma's typed statements. They read the same on every database; each costs several times what `rows` does. */
export type Models = Pick<PrismaClient, (typeof modelNames)[number]>;

/** Which users to find. */
export interface UsersWanted {
  /** At most three: each is in the name to sign in with or in the name that is shown, in small letters. */
  readonly terms: readonly string[];
  readonly status?: "open" | "disabled" | undefined;
  readonly role?: string | undefined;
  /** The `next` of the page before; null for the first. */
  readonly after: string | null;
  readonly limit: number;
}

export interface FoundUsers {
  readonly rows: readonly User[];
  /** Where the next page begins; null when there is none. */
  readonly next: string | null;
}

/**
 * What a store knows of its database, the same for each kind of database. A store that uses nothing else runs on all.
 *
 * Promises of every driver:
 * - A statement is whole in itself and committed when its promise resolves. Nothing holds two of them together but
 *   `followedBy`, and rows that are nothing without each other are inserted by `insertTogether`.
 * - Times go in and come out as dates, to the millisecond. No statement asks the database what time it is.
 * - Text comes out as it went in. What asks for a text that holds a NUL finds nothing, and what would store one fails: not
 *   every database can hold it.
 * - A fault of the database (locked, full, gone) is a DomainError `temporarily_unavailable`.
 *
 * SQL that is written here is what all of them take: names in double quotes, `ON CONFLICT`, `RETURNING`, no functions of time,
 * an alias for every subquery in FROM, a column in every CASE that says which type it has.
 */
export interface Driver extends Models {
  /** Runs one statement, prepared once. @returns its rows */
  rows<Row extends object>(text: TemplateStringsArray, ...values: (SqlValue | SqlPart)[]): Promise<Row[]>;
  /**
   * A read by one key, which stands once in the statement. Where it pays, those of one turn of the event loop are one
   * statement; each finds what was committed before it was asked.
   *
   * @returns the rows of this key
   */
  lookUp<Row extends object>(text: TemplateStringsArray, key: string): Promise<Row[]>;
  /** Runs one statement, prepared once. @returns how many rows it changed */
  changes(text: TemplateStringsArray, ...values: (SqlValue | SqlPart)[]): Promise<number>;
  /**
   * Inserts one whole row.
   *
   * @returns whether it was inserted; false when a row of that key, or of another unique value, exists
   */
  insert<Table extends InsertedTable>(table: Table, row: InsertedRow<Table>): Promise<boolean>;
  /**
   * Inserts whole rows of several tables, in this order, and commits them together.
   *
   * @returns whether they were inserted; false, and none is, when a row of one's key, or of another unique value, exists
   */
  insertTogether(rows: readonly RowToInsert[]): Promise<boolean>;
  /**
   * A time in a statement: so many seconds after another one, by a column of the row. To be written always in the same
   * place of a statement, which is prepared once.
   */
  secondsAfter(time: Date, column: keyof Session & string): SqlPart;
  /**
   * For a change of one row by its key, `UPDATE "Table" SET … WHERE … RETURNING *`. Where it pays, those of one turn of the
   * event loop are one statement; each gets the row that it changed itself.
   */
  byKey(key: string): Pick<Driver, "rows">;
  /**
   * For statements whose condition reads other rows than those they write: those of one name run one after another, over
   * all processes, and each sees what the one before has committed.
   *
   * DANGER: without it two of them may each find true what the other is about to end, as "there is another owner".
   */
  inTurn(name: string): Pick<Driver, "changes" | "followedBy">;
  /**
   * For a change that is nothing without other rows, such as the mail that tells of it: they are inserted if the statement
   * changed anything, and all is committed together. Of the process's end between them nothing comes but neither or both.
   *
   * @throws what {@link isUniqueViolation} knows where a row of such a key exists: then nothing has changed
   */
  followedBy<Table extends InsertedTable>(
    table: Table,
    rows: readonly InsertedRow<Table>[],
  ): Pick<Driver, "changes">;
  /** Users by parts of their names, the newest first; quick among a million, and on any page. */
  findUsers(wanted: UsersWanted): Promise<FoundUsers>;
  /** Whether a statement failed because a unique value is taken: the one error that comes out as it is. */
  isUniqueViolation(error: unknown): boolean;
}

/** For rows whose keys are random: that one is taken is a fault. */
export function requireInserted(wasInserted: boolean): void {
  if (!wasInserted) throw new Error("a random identifier was drawn twice");
}
