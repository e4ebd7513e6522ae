import { reasonOf } from "../calls/links/client-error";
import { isRecord } from "../calls/refusal";
import { timeLimitBehind } from "../calls/time-limit";
import type { Unavailable } from "../calls/unavailable";

const MAX_RETRIES = 2;

/**
 * Faults may pass; a refusal stays one. When a call has not answered in time, its caller learns that and may try again: by
 * itself it would only take three times as long. For `retry` of React Query.
 */
export function isWorthRetrying(failures: number, error: unknown): boolean {
  if (timeLimitBehind(error) || isOfTheBrowser(error)) return false;
  const reason = isRecord(error) ? reasonOf(error) : undefined;
  return failures < MAX_RETRIES && (reason === undefined || reason === "temporarily_unavailable");
}

const causesOfTheBrowser: ReadonlySet<unknown> = new Set<Unavailable["cause"]>([
  "browser_storage",
  "browser_keys",
  "script",
  "device_key",
  "client",
]);

/** Of a call that found no fresh token, because the refresh failed here and not on the way. */
function isOfTheBrowser(error: unknown): boolean {
  return isRecord(error) && isRecord(error.data) && causesOfTheBrowser.has(error.data.cause);
}
