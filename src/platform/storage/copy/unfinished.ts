import { OperatorError } from "../../operator-error";

/** A table with one row, in a database that is being copied to. It is gone as soon as all rows are there and compared. */
export const COPY_MARK = "_countersign_copy";

/** A copy that was not finished is never served: rows are missing, and nobody would notice. */
export function unfinishedCopy(from: string): OperatorError {
  return new OperatorError(
    `This database is a copy of ${from} that was not finished. Run the same "database copy" again, which begins anew and ends it, or give another DATABASE_URL.`,
  );
}
