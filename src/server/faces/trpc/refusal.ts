import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import { errorTable } from "../../../contract/errors";
import { json, type PublicError, publicMembers } from "../../request/responses";

/** A refusal as tRPC says it. A new object, so that neither stack nor cause can come along. */
export function refusalShape(told: PublicError, requestId: string | undefined, path?: string) {
  const row = errorTable[told.code];
  return {
    code: TRPC_ERROR_CODES_BY_KEY[row.trpcCode],
    message: told.message,
    data: {
      code: row.trpcCode,
      httpStatus: row.httpStatus,
      path,
      reason: told.code,
      request_id: requestId,
      ...publicMembers(told),
    },
  };
}

/** For what is refused before tRPC has seen it: its clients read one answer for all calls of a batch. */
export function trpcRefusal(told: PublicError, requestId: string): Response {
  return json({ error: refusalShape(told, requestId) }, errorTable[told.code].httpStatus);
}
