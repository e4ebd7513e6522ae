import type { DeletionPending as Said } from "../../contract/account";
import type { Unavailable } from "../calls/unavailable";
import {
  beginSession,
  type Refused,
  type RefusedAnswer,
  type SignedIn,
  type SignInOptions,
  type TooManyAttempts,
  tooManyOrRefused,
} from "./begin-session";
import { outcomeOfFault } from "./store-fault";

export type KeepOutcome =
  | SignedIn
  /** The account stays, and needs a second factor that it has not got yet: sign in again, which leads through adding it. */
  | { readonly status: "kept" }
  /** Too late: sign in again. */
  | { readonly status: "expired" }
  | TooManyAttempts
  | Unavailable
  | Refused;

/** The sign-in is right, and its account is going to be deleted at its owner's wish: nobody is signed in. */
export interface DeletionPending {
  readonly status: "deletion_pending";
  readonly deletionAt: Date;
  /** For how long it can be kept without signing in again. */
  readonly expiresInSeconds: number;
  /** Keeps the account, and completes the sign-in. Never rejects. */
  readonly keep: () => Promise<KeepOutcome>;
}

/** @param answer a refusal with the code `deletion_pending` */
export function deletionOf(options: SignInOptions, answer: RefusedAnswer): DeletionPending {
  const said = answer.refusal.members as unknown as Said;
  return {
    status: "deletion_pending",
    deletionAt: new Date(said.deletion_at * 1000),
    expiresInSeconds: said.expires_in,
    keep: () => keep(options, said.keep_token).catch(outcomeOfFault),
  };
}

async function keep(options: SignInOptions, keepToken: string): Promise<KeepOutcome> {
  const body = { keep_token: keepToken, delivery: options.delivery };
  const answer = await options.callService({ method: "POST", path: "/api/auth/keep-account", body });
  if (answer.status === "unavailable") return answer;
  if (answer.status === "ok") return beginSession(options, answer);
  if (answer.refusal.reason === "invalid_ticket") return { status: "expired" };
  return answer.refusal.reason === "second_factor_required" ? { status: "kept" } : tooManyOrRefused(answer);
}
