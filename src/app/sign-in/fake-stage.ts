import type { SignInOutcome, Ticket, TicketOutcome } from "../../client/session/sign-in";
import type { CaptchaOffer } from "../../contract/schemas";
import type { WorkOptions } from "./captcha-work";
import { SignInFlow } from "./sign-in-flow";
import type { LoadedPicture } from "./sign-in-options";

export const typed = { username: "ada", password: "seven grey herons", characters: "" };
export const none: CaptchaOffer = { required: false, id: "none", kinds: ["pow", "image"] };
export const pow = (id: string): CaptchaOffer => ({ required: true, id, kinds: ["pow", "image"] });
export const image = (id: string): CaptchaOffer => ({ required: true, id, kinds: ["image", "pow"] });

export function ticketWith(captcha: CaptchaOffer, t = "t"): Ticket {
  const encryption_jwk = {
    kty: "EC",
    crv: "P-256",
    x: "x",
    y: "y",
    kid: "k",
    use: "enc",
    alg: "ECDH-ES+A256KW",
  } as const;
  return { t, expires_in: 120, encryption_jwk, captcha };
}

export const issued = (captcha: CaptchaOffer, t?: string): TicketOutcome => ({
  status: "issued",
  ticket: ticketWith(captcha, t),
});

/** A service whose answers are laid out beforehand; the last one of a kind is repeated. */
export function stage(script: {
  tickets?: TicketOutcome[];
  outcomes?: SignInOutcome[];
  pictures?: LoadedPicture[];
  /** Whether the browser can offer passkeys. */
  hasPasskeys?: boolean;
}) {
  const log: string[] = [];
  const works: { id: string; options: WorkOptions; solve: (answer: string) => void; fail: () => void }[] = [];
  const tickets = script.tickets ?? [issued(none)];
  const outcomes = script.outcomes ?? [{ status: "signed_in", sessionId: "s" }];
  const pictures = script.pictures ?? [{ status: "shown", address: "blob:picture" }];
  const next = <T>(list: T[]): T => (list.length > 1 ? list.shift() : list[0]) as T;
  const clock = { nowInMs: 1_000_000 };
  const surroundings = { isOnline: true, isSecure: true };
  let signedIn = 0;
  const flow = new SignInFlow({
    auth: {
      async getTicket() {
        log.push("ticket");
        return next(tickets);
      },
      async signInWithPassword({ captcha, ticket }) {
        log.push(
          typeof captcha === "object"
            ? `login ${ticket?.t} ${captcha.kind} ${captcha.id} ${captcha.answer}`
            : `login ${ticket?.t}`,
        );
        return next(outcomes);
      },
      signInWithPasskey: async () => ({ status: "signed_in", sessionId: "s" }),
    },
    passkeys: {
      canOffer: async () => script.hasPasskeys ?? false,
      ask: async () => ({ status: "cancelled" }),
      stop: () => {},
      forget: () => {},
    },
    async loadPicture(id) {
      log.push(`picture ${id}`);
      return next(pictures);
    },
    solve: (id, options) =>
      new Promise((resolve, reject) => {
        log.push(`work ${id}`);
        options.signal.addEventListener("abort", () => reject(options.signal.reason));
        works.push({ id, options, solve: resolve, fail: () => reject(new Error("no solution")) });
      }),
    now: () => clock.nowInMs,
    isOnline: () => surroundings.isOnline,
    isSecure: () => surroundings.isSecure,
    onSignedIn: () => {
      signedIn += 1;
    },
  });
  return { flow, log, works, clock, surroundings, signedIn: () => signedIn };
}

export const settled = () => new Promise((resolve) => setTimeout(resolve));
