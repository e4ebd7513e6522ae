import type { CaptchaAnswer, CaptchaOffer } from "../../contract/schemas";
import {
  type CaptchaRung,
  createPowChallenge,
  type DrawnCaptcha,
  kindsForRung,
  normaliseCaptchaAnswer,
  type PowChallenge,
  type PowRung,
  verifyPowAnswer,
} from "../captcha";
import { DomainError } from "../domain-error";
import type { Clock, RandomSource } from "../ports";
import { type CallerLimiter, consumeOrRefuse } from "../rate-limits";
import { keyedHash, newId } from "../secret-hash";
import type { TicketRecord, TicketStore } from "../tickets";

/** One captcha is drawn once, and again five times. */
const MAX_DRAWS = 6;

export interface CaptchaStepOptions {
  readonly store: TicketStore;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Keys the hashes of answers and signs challenges. */
  readonly key: Uint8Array;
  /** Draws a picture; it may refuse with `temporarily_unavailable`. */
  readonly drawCaptcha: () => Promise<DrawnCaptcha>;
  /** Pictures by address, and by the device that the ticket is bound to where that is known. */
  readonly drawLimiter: CallerLimiter;
  /** The same for proof-of-work challenges: each takes the pool of threads that hashes passwords some time. */
  readonly challengeLimiter: CallerLimiter;
}

/**
 * The captcha that hangs on a ticket. Only its keyed hash is stored; one answer, right or wrong, uses it up.
 */
export class CaptchaStep {
  readonly #options: CaptchaStepOptions;

  constructor(options: CaptchaStepOptions) {
    this.#options = options;
  }

  offer(captchaId: string, rung: CaptchaRung): CaptchaOffer {
    return { required: rung > 0, id: captchaId, kinds: kindsForRung(rung) };
  }

  /**
   * Draws a new picture; the one before stops counting.
   *
   * @returns a PNG
   * @throws DomainError `not_found` when the captcha is over, `too_many_attempts`, `temporarily_unavailable`
   */
  async draw(captchaId: string, address: string | null): Promise<Uint8Array> {
    const { store, clock, drawCaptcha, drawLimiter } = this.#options;
    const ticket = await this.#requireOpen(captchaId);
    // Asked before the drawing, which is what costs.
    if (ticket.captchaDraws >= MAX_DRAWS) throw this.#gone();
    await consumeOrRefuse(drawLimiter, { address, keyThumbprint: ticket.keyThumbprint });
    const { answer, png } = await drawCaptcha();
    const opened = await store.openImage(ticket.captchaId, this.#hash(answer), MAX_DRAWS, clock.now());
    if (!opened) throw this.#gone();
    return png;
  }

  /**
   * Makes a new proof-of-work challenge in the altcha format; the one before stops counting.
   *
   * @throws DomainError `not_found` when the captcha is over, `too_many_attempts`
   */
  async challenge(captchaId: string, address: string | null): Promise<PowChallenge> {
    const { store, clock, random, key, challengeLimiter } = this.#options;
    const ticket = await this.#requireOpen(captchaId);
    // Six for one captcha are no bound by themselves: a wrong answer brings a new captcha of the same ticket.
    if (ticket.captchaDraws >= MAX_DRAWS) throw this.#gone();
    await consumeOrRefuse(challengeLimiter, { address, keyThumbprint: ticket.keyThumbprint });
    const nonce = newId(random);
    const opened = await store.openPow(ticket.captchaId, nonce, MAX_DRAWS, clock.now());
    if (!opened) throw this.#gone();
    return createPowChallenge({
      nonce,
      rung: workFor(ticket.captchaRung),
      secret: key,
      random,
      expiresAt: ticket.expiresAt,
    });
  }

  /**
   * Sees to it that the ticket has passed the rung.
   *
   * @throws DomainError `captcha_required` without an answer, `captcha_failed` for a wrong one; both carry the captcha to
   * solve next, and the ticket stays usable
   */
  async require(ticket: TicketRecord, rung: CaptchaRung, answer: CaptchaAnswer | undefined): Promise<void> {
    if (rung <= ticket.captchaPassedRung) return;
    // The risk has risen since the ticket was issued: what was offered then is too little now.
    if (ticket.captchaRung < rung) throw await this.#refuse("captcha_required", ticket, rung);
    if (!answer)
      throw new DomainError("captcha_required", { extra: { captcha: this.offer(ticket.captchaId, rung) } });
    if (!(await this.#isRight(ticket, answer)))
      throw await this.#refuse("captcha_failed", ticket, ticket.captchaRung);
    await this.#options.store.pass(ticket.captchaId, ticket.captchaRung);
  }

  async #isRight(ticket: TicketRecord, answer: CaptchaAnswer): Promise<boolean> {
    const { store, clock, key } = this.#options;
    if (answer.id !== ticket.captchaId) return false;
    if (answer.kind === "image") {
      if (ticket.captchaAnswerHash === null) return false;
      // Used up before it is compared: of two answers at once only one is looked at.
      const burnt = await store.burnImage(ticket.captchaId, ticket.captchaAnswerHash);
      return burnt && this.#hash(answer.answer) === ticket.captchaAnswerHash;
    }
    if (ticket.powNonce === null || !(await store.burnPow(ticket.captchaId, ticket.powNonce))) return false;
    return verifyPowAnswer({
      answer: answer.answer,
      nonce: ticket.powNonce,
      rung: workFor(ticket.captchaRung),
      secret: key,
      now: clock.now(),
    });
  }

  async #refuse(
    code: "captcha_required" | "captcha_failed",
    ticket: TicketRecord,
    rung: CaptchaRung,
  ): Promise<DomainError> {
    const { store, random } = this.#options;
    const captchaId = newId(random);
    const replaced = await store.replaceCaptcha(ticket.idHash, ticket.captchaId, captchaId, rung);
    // Another call replaced it first and answered with the new one.
    if (!replaced) return new DomainError("invalid_ticket");
    return new DomainError(code, { extra: { captcha: this.offer(captchaId, rung) } });
  }

  async #requireOpen(captchaId: string): Promise<TicketRecord> {
    const ticket = await this.#options.store.findByCaptchaId(captchaId);
    if (!ticket || ticket.consumedAt !== null || ticket.expiresAt <= this.#options.clock.now())
      throw this.#gone();
    return ticket;
  }

  #hash(answer: string): string {
    return keyedHash(this.#options.key, normaliseCaptchaAnswer(answer));
  }

  #gone(): DomainError {
    return new DomainError("not_found", { message: "This check has expired. Please start again." });
  }
}

/** Nobody has to ask where nothing is required; a caller who asks gets the short work. */
function workFor(rung: CaptchaRung): PowRung {
  return rung === 2 ? 2 : 1;
}
