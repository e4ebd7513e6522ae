import type { DeletionPending } from "../../client/session/deletion";
import type { SignInOutcome, Ticket } from "../../client/session/sign-in";
import type { CaptchaAnswer, CaptchaOffer } from "../../contract/schemas";
import { CaptchaPicture, wantsPicture } from "./captcha-picture";
import { CaptchaWork } from "./captcha-work";
import { PasskeyWay } from "./passkey-way";
import type { SignInFlowOptions, TypedCredentials } from "./sign-in-options";
import { faultMessage, type SignInField, type SignInMessage, type SignInView } from "./sign-in-view";
import { SignInViewStore } from "./sign-in-view-store";
import { TicketHolder } from "./ticket-holder";

/** So many invisible checks may fail before the page says so. */
const MAX_ROUNDS = 3;

/** What is said when a sign-in begins again. */
const whyAgain = {
  wanted: null,
  secondStepOver: "secondFactor.over",
  over: "signIn.deletion.over",
  kept: "signIn.deletion.kept",
} as const;

type Step = "settled" | "again";
type Answered =
  | { readonly status: "answered"; readonly captcha: CaptchaAnswer | undefined }
  | { readonly status: "settled" };

/**
 * The sign-in page's course of events, apart from its looks: ticket, check by risk, password, and what is said of each.
 *
 * What the person typed stays in the form; nothing here clears it.
 */
export class SignInFlow {
  readonly #options: SignInFlowOptions;
  readonly #tickets: TicketHolder;
  readonly #work: CaptchaWork;
  readonly #picture: CaptchaPicture;
  readonly #store = new SignInViewStore();
  readonly passkey: PasskeyWay;
  #isTouched = false;

  constructor(options: SignInFlowOptions) {
    this.#options = options;
    this.#tickets = new TicketHolder(options.auth, options.now);
    const { auth, passkeys: browser, onSignedIn } = options;
    this.passkey = new PasskeyWay({
      ...{ auth, browser, onSignedIn },
      tickets: this.#tickets,
      store: this.#store,
      surroundings: () => this.#surroundings(),
    });
    this.#picture = new CaptchaPicture({
      load: options.loadPicture,
      tickets: this.#tickets,
      store: this.#store,
    });
    this.#work = new CaptchaWork(options.solve, (progress) => {
      if (this.#store.view.step.status === "working")
        this.#store.show({ step: { status: "working", progress } });
    });
  }

  readonly subscribe = this.#store.subscribe;

  readonly getView = (): SignInView => this.#store.view;

  /** Once the page is ready: all that can be done while the person still types. Faults wait for `submit`. */
  async begin(): Promise<void> {
    // Without a ticket nothing is offered: a request that has no answer would hold up the one of the person who presses.
    if (await this.prepare()) await this.passkey.offer();
  }

  /** A ticket, and the invisible check. @returns whether there is a ticket */
  async prepare(): Promise<boolean> {
    const held = await this.#tickets.obtain();
    if (held.status !== "held") return false;
    const { captcha } = held.ticket;
    if (captcha.required && !wantsPicture(captcha) && !this.#work.has(captcha.id))
      this.#work.start(captcha.id);
    if (this.#isTouched) this.#picture.reveal(captcha);
    return true;
  }

  /** Why the person is here: the session ended under the page. Stays until there is something else to say. */
  tellOfEnd(): void {
    this.#store.show({ message: { status: "calm", key: "signIn.ended" } });
  }

  /** The person begins to fill in the form: now a picture may appear. Before, it would push the page about. */
  touch(): void {
    if (this.#isTouched) return;
    this.#isTouched = true;
    const captcha = this.#tickets.current?.captcha;
    if (captcha) this.#picture.reveal(captcha);
  }

  async submit(typed: TypedCredentials): Promise<void> {
    if (this.#store.view.phase !== "ready") return;
    this.#isTouched = true;
    this.#store.show({ phase: "checking", message: null });
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if ((await this.#attempt(typed)) === "settled") return;
    }
    this.#settle({ status: "error", key: "signIn.captchaFailed" });
  }

  askToKeep(pending: DeletionPending): void {
    this.passkey.close();
    this.#store.show({ phase: "ready", message: null, step: { status: "none" }, second: null, pending });
  }

  /** A further step came to nothing: the sign-in begins again. */
  startAgain(why: keyof typeof whyAgain): void {
    const key = whyAgain[why];
    this.#tickets.drop();
    this.#isTouched = false;
    this.#store.show({ second: null, pending: null, message: key && { status: "calm", key } });
    this.#store.focus("password");
    void this.begin();
  }

  async newPicture(): Promise<void> {
    if (!(await this.#picture.showCurrent())) return;
    this.#settle({ status: "calm", key: "signIn.captcha.newImageShown" }, "characters");
  }

  /** For those who cannot read the picture: the device works for them, longer. */
  async workInstead(): Promise<void> {
    this.#store.show({ step: { status: "working", progress: null }, message: null });
    this.#store.focus("work");
    const held = await this.#tickets.obtain();
    if (held.status !== "held") return this.#failWork(faultMessage(held, this.#surroundings()));
    const { id } = held.ticket.captcha;
    const answer = await this.#work.answerOf(id);
    // Cancelled meanwhile, or a check that nobody asks for any more.
    if (this.#store.view.step.status !== "working" || this.#tickets.current?.captcha.id !== id) return;
    if (answer === null) return this.#failWork({ status: "error", key: "signIn.captchaFailed" });
    this.#store.show({ step: { status: "worked" } });
    this.#settle({ status: "calm", key: "signIn.captcha.workDone" }, "submit");
  }

  async cancelWork(): Promise<void> {
    this.#work.drop();
    await this.#picture.showCurrent();
    this.#settle({ status: "calm", key: "signIn.captcha.cancelled" }, "characters");
  }

  /** When the page goes. */
  close(): void {
    this.#work.drop();
    this.passkey.close();
    this.#store.close();
  }

  async #attempt({ username, password, characters }: TypedCredentials): Promise<Step> {
    const held = await this.#tickets.obtain();
    if (held.status !== "held") return this.#settle(faultMessage(held, this.#surroundings()));
    const { ticket } = held;
    const answered = await this.#answer(ticket.captcha, characters);
    if (answered.status === "settled") return "settled";
    this.#store.show({ phase: "signing_in" });
    const { captcha } = answered;
    const outcome = await this.#options.auth.signInWithPassword({ username, password, captcha, ticket });
    return this.#conclude(outcome);
  }

  async #conclude(outcome: SignInOutcome): Promise<Step> {
    switch (outcome.status) {
      case "signed_in":
        this.#store.show({ phase: "signed_in", message: null });
        this.#options.onSignedIn();
        return "settled";
      case "captcha_required":
        return this.#ask(outcome.ticket, { status: "calm", key: "signIn.captcha.required" });
      case "captcha_failed":
        return this.#ask(outcome.ticket, { status: "error", key: "signIn.captcha.wrong" });
      case "ticket_expired":
        return this.#startAnew();
      case "invalid_credentials":
        return this.#refuse();
      case "second_factor_required":
        // No passkey is offered any more: it would sign in beside what is asked for.
        this.passkey.close();
        this.#store.show({ phase: "ready", message: null, step: { status: "none" }, second: outcome });
        return "settled";
      case "deletion_pending":
        this.askToKeep(outcome);
        return "settled";
      default:
        return this.#settle(faultMessage(outcome, this.#surroundings()));
    }
  }

  /** The answer to the check: what was worked out, or what was typed; or else the person is asked. */
  async #answer(captcha: CaptchaOffer, characters: string): Promise<Answered> {
    const { id } = captcha;
    if (!captcha.required) return { status: "answered", captcha: undefined };
    if (!wantsPicture(captcha) || this.#work.has(id)) {
      const answer = await this.#work.answerOf(id);
      if (answer !== null) return { status: "answered", captcha: { id, kind: "pow", answer } };
      const key = this.#options.isOnline() ? "signIn.captchaFailed" : "connection.offline";
      return { status: this.#settle({ status: "error", key }) };
    }
    const isShown = this.#picture.isShownOf(id);
    const text = characters.trim();
    if (isShown && text !== "") return { status: "answered", captcha: { id, kind: "image", answer: text } };
    // What was read or worked out belongs to a check that ran out while the page lay there.
    const isOver = this.#store.view.step.status === "worked" || this.#picture.isOfAnotherThan(id);
    if (!isShown) await this.#picture.show(captcha);
    const key = isOver ? "signIn.ticketRenewed" : "signIn.captcha.required";
    return { status: this.#settle({ status: "calm", key }, "characters") };
  }

  /** Another check hangs on the same ticket. An invisible one is done without a word. */
  async #ask(ticket: Ticket, message: SignInMessage): Promise<Step> {
    this.#work.drop();
    this.#tickets.renewCheck(ticket);
    return this.#continueWith(ticket.captcha, message);
  }

  async #startAnew(): Promise<Step> {
    this.#work.drop();
    this.#tickets.drop();
    const held = await this.#tickets.obtain();
    if (held.status !== "held") return this.#settle(faultMessage(held, this.#surroundings()));
    return this.#continueWith(held.ticket.captcha, { status: "calm", key: "signIn.ticketRenewed" });
  }

  async #continueWith(captcha: CaptchaOffer, message: SignInMessage): Promise<Step> {
    if (!captcha.required || !wantsPicture(captcha)) {
      this.#store.show({ phase: "checking", step: { status: "none" } });
      return "again";
    }
    await this.#picture.show(captcha);
    return this.#settle(message, "characters");
  }

  #refuse(): Step {
    this.#work.drop();
    this.#tickets.drop();
    this.passkey.renew();
    // The next check is asked for with the next try, not at once.
    this.#isTouched = false;
    this.#store.show({ step: { status: "none" } });
    this.#settle({ status: "error", key: "signIn.invalidCredentials" }, "password");
    void this.prepare();
    return "settled";
  }

  async #failWork(message: SignInMessage): Promise<void> {
    if (!(await this.#picture.showCurrent())) this.#store.show({ step: { status: "none" } });
    this.#settle(message);
  }

  #surroundings() {
    const { now, isOnline, isSecure } = this.#options;
    return { nowInMs: now(), isOnline: isOnline(), isSecure: isSecure() };
  }

  #settle(message: SignInMessage, field?: SignInField): "settled" {
    this.#store.show({ phase: "ready", message });
    if (field) this.#store.focus(field);
    return "settled";
  }
}
