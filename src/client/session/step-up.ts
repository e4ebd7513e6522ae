import type { PasskeyAssertion } from "../../contract/passkeys";
import { isTokenRefusal } from "../calls/refusal";
import type { CallService, ServiceAnswer } from "../calls/service";
import type { Unavailable } from "../calls/unavailable";
import { type Refused, type TooManyAttempts, tooManyOrRefused } from "./begin-session";
import type { Refresh } from "./refresh";
import type { SessionState } from "./session-state";
import { encryptUnder, getTicket, type Ticket } from "./sign-in";

/** By what a user who is signed in proves once more who they are: a password, a code, both, or a passkey. */
export type StepUpProof =
  | {
      readonly password: string;
      /** Of the second factor, where two factors are wanted. */
      readonly second?: StepUpCode | undefined;
      /** From `getTicket()`; a new one is fetched when it is left out. */
      readonly ticket?: Ticket | undefined;
    }
  | StepUpCode
  | {
      /** The ticket whose `passkey_options` the passkey signed for. */
      readonly ticket: Ticket;
      /** See `PasskeySignIn.passkey`. Only at Countersign's own origin: passkeys belong to it. */
      readonly passkey: PasskeyAssertion;
    };

export interface StepUpCode {
  readonly kind: "totp" | "recovery_code";
  readonly code: string;
}

export type StepUpOutcome =
  | { readonly status: "done" }
  /** Ask again: the password, the code or the passkey was not right. */
  | { readonly status: "invalid_credentials" | "invalid_code" }
  | { readonly status: "invalid_passkey"; readonly isUnknown: boolean }
  /** The passkey, or the ticket that was given, came too late: ask for a new one. */
  | { readonly status: "ticket_expired" }
  | TooManyAttempts
  | Unavailable
  | Refused;

export interface StepUpOptions {
  readonly session: SessionState;
  readonly refresh: Refresh;
  readonly callService: CallService;
}

/** Proves it to the service; see `Auth.stepUp`. */
export async function stepUp(options: StepUpOptions, proof: StepUpProof): Promise<StepUpOutcome> {
  const made = await bodyOf(options, proof);
  if (made.status !== "made") return made;
  const answer = await post(options, made.body);
  if (answer.status === "ok") return { status: "done" };
  if (answer.status === "unavailable") return answer;
  const { reason, members } = answer.refusal;
  switch (reason) {
    case "invalid_credentials":
    case "invalid_code":
      return { status: reason };
    case "invalid_passkey":
      return { status: reason, isUnknown: typeof members.unknown_credential === "string" };
    case "invalid_ticket":
      return { status: "ticket_expired" };
    default:
      return tooManyOrRefused(answer);
  }
}

async function bodyOf({ callService }: StepUpOptions, proof: StepUpProof) {
  if ("passkey" in proof) {
    return { status: "made", body: { t: proof.ticket.t, passkey: proof.passkey } } as const;
  }
  if (!("password" in proof))
    return { status: "made", body: { kind: proof.kind, code: proof.code } } as const;
  const issued = proof.ticket
    ? ({ status: "issued", ticket: proof.ticket } as const)
    : await getTicket(callService);
  if (issued.status !== "issued") return issued;
  const { ticket } = issued;
  const credentials = await encryptUnder(ticket, { password: proof.password });
  return { status: "made", body: { t: ticket.t, credentials, ...proof.second } } as const;
}

/** With a token that is fresh, as every call: a refusal of the token is not the user's fault. */
async function post({ session, refresh, callService }: StepUpOptions, body: unknown): Promise<ServiceAnswer> {
  if (session.wantsRefresh) await refresh(session.current?.accessToken);
  const send = () =>
    callService({ method: "POST", path: "/api/auth/step-up", body, tokens: session.current });
  const sentWith = session.current?.accessToken;
  const answer = await send();
  if (answer.status !== "refused" || !isTokenRefusal(answer.refusal.reason)) return answer;
  return (await refresh(sentWith)).status === "refreshed" ? send() : answer;
}
