import type { ServerResponse } from "node:http";
import { type ErrorCode, errorTable } from "../../contract/errors";
import { securityHeaders } from "../request/responses";

/** What a refusal says besides its code, where there is more to say. */
export interface RefusalOptions {
  /** Replaces the table's sentence. */
  readonly message?: string;
  readonly retryAfterInSeconds?: number;
  /** Gives the connection up after this answer. */
  readonly closes?: boolean;
}

/** Refuses what never becomes a request of the fetch standard, in the shape of every other refusal. */
export function refuse(response: ServerResponse, code: ErrorCode, options: RefusalOptions = {}): void {
  const { httpStatus, message } = errorTable[code];
  const { retryAfterInSeconds = httpStatus === 503 ? 2 : undefined } = options;
  response.writeHead(httpStatus, {
    ...securityHeaders,
    "content-type": "application/json",
    ...(retryAfterInSeconds === undefined ? {} : { "retry-after": String(retryAfterInSeconds) }),
    ...(options.closes ? { connection: "close" } : {}),
  });
  response.end(
    JSON.stringify({
      error: code,
      error_description: options.message ?? message,
      request_id: crypto.randomUUID(),
      ...(retryAfterInSeconds === undefined ? {} : { retry_after: retryAfterInSeconds }),
    }),
  );
}
