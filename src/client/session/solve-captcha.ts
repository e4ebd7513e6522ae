import type { CaptchaAnswer } from "../../contract/schemas";
import { loadPart } from "../calls/load-part";
import { isRecord } from "../calls/refusal";
import type { CallService } from "../calls/service";
import { TimeLimitError } from "../calls/time-limit";
import type { Unavailable } from "../calls/unavailable";
import type { PowChallenge } from "../pow";
import { type Refused, type TooManyAttempts, tooManyOrRefused } from "./begin-session";
import type { Ticket } from "./sign-in";
import { outcomeOfFault } from "./store-fault";

export type CaptchaOutcome =
  /** To be handed in with the same ticket. */
  { readonly status: "solved"; readonly captcha: CaptchaAnswer } | TooManyAttempts | Unavailable | Refused;

/** Answers the captcha of a ticket by proof of work; see `Auth.solveCaptcha`. */
export async function solveCaptcha(
  callService: CallService,
  { captcha }: Ticket,
  onProgress?: (share: number) => void,
): Promise<CaptchaOutcome> {
  const { id } = captcha;
  const answer = await callService({
    method: "GET",
    path: `/api/auth/captcha/pow?id=${encodeURIComponent(id)}`,
  });
  if (answer.status === "unavailable") return answer;
  if (answer.status === "refused") return tooManyOrRefused(answer);
  if (!isChallenge(answer.body)) return { status: "unavailable", cause: "server" };
  try {
    const { solvePow } = await loadPart(() => import("../pow"));
    const work = await solvePow(answer.body, onProgress ? { onProgress } : {});
    return { status: "solved", captcha: { id, kind: "pow", answer: work } };
  } catch (error) {
    if (error instanceof TimeLimitError) return outcomeOfFault(error);
    throw error;
  }
}

function isChallenge(body: unknown): body is PowChallenge {
  return isRecord(body) && isRecord(body.parameters);
}
