import { DEFAULT_WAIT_IN_SECONDS } from "../../contract/limits";

/** Too many tries: when it may be tried again. */
export interface Wait {
  readonly status: "wait";
  readonly seconds: number;
  /** Waiting does not help. */
  readonly isLocked?: true;
}

/** @param seconds as the service gave them, if it did */
export function waitFor(seconds: unknown): Wait {
  return { status: "wait", seconds: typeof seconds === "number" ? seconds : DEFAULT_WAIT_IN_SECONDS };
}
