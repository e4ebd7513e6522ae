import { loadPart } from "../calls/load-part";
import type { RefusedAnswer, SignInOptions } from "./begin-session";
import type { DeletionPending } from "./deletion";

/** @returns undefined for any other refusal; few accounts are about to go, so what they need is loaded then */
export function pendingDeletion(
  options: SignInOptions,
  answer: RefusedAnswer,
): Promise<DeletionPending> | undefined {
  if (answer.refusal.reason !== "deletion_pending") return undefined;
  return loadPart(() => import("./deletion")).then(({ deletionOf }) => deletionOf(options, answer));
}
