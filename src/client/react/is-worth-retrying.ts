import { reasonOf } from "../calls/links/client-error";
import { isRecord } from "../calls/refusal";

const MAX_RETRIES = 2;

/** Faults may pass; a refusal stays one. For `retry` of React Query. */
export function isWorthRetrying(failures: number, error: unknown): boolean {
  const reason = isRecord(error) ? reasonOf(error) : undefined;
  return failures < MAX_RETRIES && (reason === undefined || reason === "temporarily_unavailable");
}
