import type { VerificationError } from "../verification-error";

/** The headers of the answer to a refused request. */
export function headersOf({ challenge, retryAfterInSeconds }: VerificationError): Record<string, string> {
  return {
    "www-authenticate": challenge,
    "cache-control": "no-store",
    ...(retryAfterInSeconds === undefined ? {} : { "retry-after": String(retryAfterInSeconds) }),
  };
}

/** Its body. The time to wait is here too: across origins a header may be hidden from scripts. */
export function bodyOf(error: VerificationError): Record<string, string | number> {
  const { code, message, serverTimeInSeconds, retryAfterInSeconds, required } = error;
  const { acrValues = [], maxAgeInSeconds } = required ?? {};
  return {
    error: code,
    error_description: message,
    ...(acrValues.length === 0 ? {} : { acr_values: acrValues.join(" ") }),
    ...(maxAgeInSeconds === undefined ? {} : { max_age: maxAgeInSeconds }),
    ...(serverTimeInSeconds === undefined ? {} : { server_time: serverTimeInSeconds }),
    ...(retryAfterInSeconds === undefined ? {} : { retry_after: retryAfterInSeconds }),
  };
}
