import type { CaptchaAnswer, CaptchaOffer } from "../../contract/schemas";
import type { SignInOptions } from "./begin-session";
import {
  type CaptchaProgress,
  type PasswordSignIn,
  type SignInOutcome,
  signInWithPassword,
  type Ticket,
} from "./sign-in";
import { type CaptchaOutcome, solveCaptcha } from "./solve-captcha";
import { createWorkEstimate } from "./work-estimate";

export interface SolvingOptions extends SignInOptions {
  /** The service's address, without a slash at its end. */
  readonly baseUrl: string;
}

/** More checks in a row than any ladder asks for: what goes on then is a fault, and not a matter of work. */
const MAX_ROUNDS = 10;

/** Signs in and answers each check that is asked for on the way. */
export function signInSolving(options: SolvingOptions, input: PasswordSignIn): Promise<SignInOutcome> {
  const { username, password } = input;
  return answeringChecks(options, input, (held) =>
    signInWithPassword(options, { username, password, ...held }),
  );
}

/** The ticket of a try, and the answer to its check. */
interface Held {
  readonly ticket: Ticket;
  readonly captcha?: CaptchaAnswer;
}

type Checked =
  | {
      readonly status: "captcha_required" | "captcha_failed";
      readonly ticket: Ticket;
      readonly captcha: CaptchaOffer;
    }
  | { readonly status: "ticket_expired" };

export interface CheckOptions {
  readonly ticket?: Ticket | undefined;
  readonly onCaptcha?: ((progress: CaptchaProgress) => void) | undefined;
  readonly readPicture?: PasswordSignIn["readPicture"];
}

/**
 * Tries, and answers each check that is asked for on the way: the risk may rise between two tries, and a ticket may run out
 * while a device works.
 */
export async function answeringChecks<Outcome extends { readonly status: string }>(
  options: SolvingOptions,
  input: CheckOptions,
  attempt: (held: Held | undefined) => Promise<Outcome | Checked>,
): Promise<Outcome | Checked | Exclude<CaptchaOutcome, { status: "solved" }>> {
  let held: Held | undefined = input.ticket && { ticket: input.ticket };
  let outcome: Outcome | Checked = { status: "ticket_expired" };
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    outcome = await attempt(held);
    if (outcome.status === "ticket_expired") {
      held = undefined;
      continue;
    }
    if (!asksForCheck(outcome)) return outcome;
    const { ticket } = outcome;
    const answered = await answer(options, input, { ticket, round });
    if (answered.status === "solved") held = { ticket, captcha: answered.captcha };
    // The check is over because its ticket is, or was drawn too often: another ticket brings another one.
    else if (answered.status === "refused" && answered.code === "not_found") held = undefined;
    else return answered;
  }
  return outcome;
}

function asksForCheck(outcome: { readonly status: string }): outcome is Extract<Checked, { ticket: Ticket }> {
  return outcome.status === "captcha_required" || outcome.status === "captcha_failed";
}

function answer(
  { callService, baseUrl }: SolvingOptions,
  { onCaptcha, readPicture }: CheckOptions,
  { ticket, round }: { readonly ticket: Ticket; readonly round: number },
): Promise<CaptchaOutcome> {
  const startedAt = performance.now();
  const work = () => {
    onCaptcha?.({ round, kind: "pow", share: 0, elapsedInMs: 0, atMostInMs: undefined });
    const estimate = createWorkEstimate();
    return solveCaptcha(callService, ticket, (share) => {
      const elapsedInMs = performance.now() - startedAt;
      onCaptcha?.({ round, kind: "pow", share, elapsedInMs, atMostInMs: estimate(share, elapsedInMs) });
    });
  };
  return readPicture && wantsPicture(ticket.captcha) ? read() : work();

  async function read(): Promise<CaptchaOutcome> {
    const { id } = ticket.captcha;
    onCaptcha?.({ round, kind: "image", share: 0, elapsedInMs: 0, atMostInMs: undefined });
    const url = `${baseUrl}/api/auth/captcha?id=${encodeURIComponent(id)}`;
    const text = await readPicture?.({ url, round });
    return text ? { status: "solved", captcha: { id, kind: "image", answer: text } } : work();
  }
}

/** The first is the one to offer first. */
function wantsPicture({ kinds }: CaptchaOffer): boolean {
  return kinds[0] === "image";
}
