import type { CaptchaRung } from "../captcha";
import { DomainError } from "../domain-error";
import type { Clock, RandomSource } from "../ports";
import { hashSecret, newId, newSecret } from "../secret-hash";

/** A sign-in ticket lives at most this long. */
export const TICKET_LIFETIME_IN_SECONDS = 120;
/** A clock that is set back by so much takes no ticket away. */
const SET_BACK_IN_SECONDS = 300;
/** After its expiry. */
const KEPT_IN_MS = 600_000;

export interface TicketRecord {
  readonly idHash: string;
  readonly keyThumbprint: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly consumedAt: Date | null;
  readonly captchaId: string;
  readonly captchaRung: CaptchaRung;
  readonly captchaPassedRung: CaptchaRung;
  readonly captchaDraws: number;
  readonly captchaAnswerHash: string | null;
  readonly powNonce: string | null;
}

/** Each method is one conditional statement; those that change state say whether they did. */
export interface TicketStore {
  insert(ticket: TicketRecord): Promise<void>;
  find(idHash: string): Promise<TicketRecord | undefined>;
  findByCaptchaId(captchaId: string): Promise<TicketRecord | undefined>;
  /** Only one that is neither consumed nor expired. */
  consume(idHash: string, now: Date): Promise<boolean>;
  /** Sets the open picture while fewer than `maxDraws` were drawn. */
  openImage(captchaId: string, answerHash: string, maxDraws: number, now: Date): Promise<boolean>;
  /** The same for the open proof-of-work challenge. */
  openPow(captchaId: string, nonce: string, maxDraws: number, now: Date): Promise<boolean>;
  /** Uses up the open picture. @returns whether it was still this one */
  burnImage(captchaId: string, answerHash: string): Promise<boolean>;
  burnPow(captchaId: string, nonce: string): Promise<boolean>;
  /**
   * Notes what was passed, while the ticket has this captcha. Where another request has replaced it meanwhile nothing is
   * noted: a caller who passed goes on with this one request, and has to pass again for the next.
   */
  pass(captchaId: string, rung: CaptchaRung): Promise<void>;
  /** A new captcha in the place of a spent one, or a higher rung. */
  replaceCaptcha(
    idHash: string,
    fromCaptchaId: string,
    captchaId: string,
    rung: CaptchaRung,
  ): Promise<boolean>;
  consumeAllOfKey(keyThumbprint: string, now: Date): Promise<void>;
  deleteExpiredBefore(before: Date): Promise<number>;
}

/** One-time tickets: each starts one sign-in, from one browser, within two minutes. */
export class Tickets {
  readonly #options: { store: TicketStore; clock: Clock; random: RandomSource };

  constructor(options: { store: TicketStore; clock: Clock; random: RandomSource }) {
    this.#options = options;
  }

  /** @param keyThumbprint the only key that the ticket will serve; null: only sign-ins without a proof */
  async issue(keyThumbprint: string | null, rung: CaptchaRung): Promise<{ t: string; captchaId: string }> {
    const { store, clock, random } = this.#options;
    const t = newSecret(random);
    const captchaId = newId(random);
    const now = clock.now();
    await store.insert({
      idHash: hashSecret(t),
      keyThumbprint,
      createdAt: now,
      expiresAt: new Date(now.getTime() + TICKET_LIFETIME_IN_SECONDS * 1000),
      consumedAt: null,
      captchaId,
      captchaRung: rung,
      captchaPassedRung: 0,
      captchaDraws: 0,
      captchaAnswerHash: null,
      powNonce: null,
    });
    return { t, captchaId };
  }

  /**
   * Looks at a ticket without using it up.
   *
   * @throws DomainError `invalid_ticket` when it is unknown, used, expired, or another key's
   */
  async require(t: string, keyThumbprint: string | null): Promise<TicketRecord> {
    const ticket = await this.#options.store.find(hashSecret(t));
    const isUsable =
      ticket !== undefined &&
      ticket.consumedAt === null &&
      this.#isInTime(ticket.expiresAt) &&
      ticket.keyThumbprint === keyThumbprint;
    if (!isUsable) throw new DomainError("invalid_ticket");
    return ticket;
  }

  /** Not later than it can be either: that was by a clock which was ahead and has been set right. */
  #isInTime(expiresAt: Date): boolean {
    const leftInMs = expiresAt.getTime() - this.#options.clock.now().getTime();
    return leftInMs > 0 && leftInMs <= (TICKET_LIFETIME_IN_SECONDS + SET_BACK_IN_SECONDS) * 1000;
  }

  /** Uses up all open tickets of a device, as when its session ends. */
  endAllOfKey(keyThumbprint: string): Promise<void> {
    return this.#options.store.consumeAllOfKey(keyThumbprint, this.#options.clock.now());
  }

  /** Uses the ticket up; of any number of callers one succeeds. @throws DomainError `invalid_ticket` */
  async consume(ticket: TicketRecord): Promise<void> {
    const consumed = await this.#options.store.consume(ticket.idHash, this.#options.clock.now());
    if (!consumed) throw new DomainError("invalid_ticket");
  }

  /** Forgets those that expired a while ago. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#options.store.deleteExpiredBefore(new Date(now.getTime() - KEPT_IN_MS));
  }
}
