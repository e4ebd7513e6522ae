import type { Unavailable } from "../../client/calls/unavailable";

/** A call that the service neither granted nor refused. */
export interface NoAnswer {
  readonly status: "unavailable";
  /** Undefined when all that is known is that no answer came. */
  readonly cause?: Unavailable["cause"] | undefined;
}

/** The key of the sentence that says why there was no answer, and what one can do. */
export function noAnswerKey(cause: NoAnswer["cause"], isOnline: boolean) {
  switch (cause) {
    case "browser_storage":
      return "connection.storage";
    case "browser_keys":
      return "connection.keys";
    case "script":
      return "connection.script";
    case "client":
      return "connection.browser";
    default:
      return isOnline ? "connection.unavailable" : "connection.offline";
  }
}
