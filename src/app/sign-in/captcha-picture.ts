import type { CaptchaOffer } from "../../contract/schemas";
import type { SignInFlowOptions } from "./sign-in-options";
import type { SignInViewStore } from "./sign-in-view-store";
import type { TicketHolder } from "./ticket-holder";

interface CaptchaPictureOptions {
  readonly load: SignInFlowOptions["loadPicture"];
  readonly tickets: TicketHolder;
  readonly store: SignInViewStore;
}

/** The picture of a check: the one that was asked for last is the one that is shown. */
export class CaptchaPicture {
  readonly #options: CaptchaPictureOptions;
  #asked = 0;
  /** The check whose picture was asked for last. */
  #captchaId: string | undefined;

  constructor(options: CaptchaPictureOptions) {
    this.#options = options;
  }

  isShownOf(captchaId: string): boolean {
    const { step } = this.#options.store.view;
    return step.status === "picture" && step.picture.status === "shown" && this.#captchaId === captchaId;
  }

  /** Whether the place of the picture has one of another check. */
  isOfAnotherThan(captchaId: string): boolean {
    return this.#options.store.view.step.status === "picture" && this.#captchaId !== captchaId;
  }

  /** Shows it where the check wants one and nothing else is going on. */
  reveal(captcha: CaptchaOffer): void {
    const { phase, step } = this.#options.store.view;
    const isIdle = phase === "ready" && step.status === "none";
    if (isIdle && captcha.required && wantsPicture(captcha)) void this.show(captcha);
  }

  /** Shows a new one of the check that hangs on the present ticket. @returns false where there is no ticket */
  async showCurrent(): Promise<boolean> {
    const captcha = this.#options.tickets.current?.captcha;
    if (captcha) await this.show(captcha);
    return captcha !== undefined;
  }

  async show(captcha: CaptchaOffer, renewals = 1): Promise<void> {
    const { load, tickets, store } = this.#options;
    this.#asked += 1;
    const round = this.#asked;
    this.#captchaId = captcha.id;
    store.show({ step: { status: "picture", picture: { status: "loading", round } } });
    const loaded = await load(captcha.id);
    if (round !== this.#asked || store.view.step.status !== "picture") return;
    if (loaded.status === "gone" && renewals > 0 && tickets.current?.captcha.id === captcha.id) {
      // Drawn too often, or too old: another ticket brings another check, and the person need not know.
      tickets.drop();
      const held = await tickets.obtain();
      if (held.status === "held") {
        const { captcha: next } = held.ticket;
        return wantsPicture(next) ? this.show(next, renewals - 1) : store.show({ step: { status: "none" } });
      }
    }
    const picture = loaded.status === "shown" ? { ...loaded, round } : ({ status: "failed", round } as const);
    store.show({ step: { status: "picture", picture } });
  }
}

export function wantsPicture(captcha: CaptchaOffer): boolean {
  return captcha.kinds[0] === "image";
}
