import { type ErrorCode, type ErrorDetails, errorTable } from "../contract/errors";

const brand = Symbol.for("countersign.DomainError");

/**
 * A refusal. Its code and details may leave the process; its cause never does.
 *
 * Recognise it with {@link isDomainError}: one process holds several copies of this class, so `instanceof` would not do.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly [brand] = true;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(details.message ?? errorTable[code].message, options);
    this.name = "DomainError";
    this.code = code;
    this.details = details;
  }
}

export function isDomainError(value: unknown): value is DomainError {
  return typeof value === "object" && value !== null && brand in value;
}
