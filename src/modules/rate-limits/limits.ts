import type { Limiters, RateLimiter } from "../ports";
import { AddressLimiter } from "./address-limiter";
import { CallerLimiter, type IsKnownDevice } from "./caller-limiter";

const MINUTE = { windowInSeconds: 60 };
const QUARTER_HOUR = { windowInSeconds: 900 };
const HOUR = { windowInSeconds: 3600 };

/**
 * Every limit that is counted, but for wrong passwords, which have rows of their own. The names are what is counted under:
 * a changed one begins at nothing.
 */
const windows = {
  sign_in_tickets: MINUTE,
  captcha_draws: MINUTE,
  captcha_challenges: MINUTE,
  /** Passwords that are being checked, and those that were wrong. */
  address_attempts: QUARTER_HOUR,
  address_failures: QUARTER_HOUR,
  /** Reset tokens that were refused. */
  recoveries: QUARTER_HOUR,
  qr_codes: MINUTE,
  qr_claims: MINUTE,
  wrong_match_codes: QUARTER_HOUR,
  wrong_user_codes_of_user: QUARTER_HOUR,
  wrong_user_codes_of_address: QUARTER_HOUR,
  refreshes: MINUTE,
  /** Lines of the audit trail about refreshes that were refused. */
  limited_refresh_audits: MINUTE,
  /** Rows of the audit trail about acts that were refused. */
  refused_acts: HOUR,
  proofs_ahead: MINUTE,
  site_codes: MINUTE,
  /** Mails that prove an address: of one account, to one address, and all. */
  address_codes_of_account: HOUR,
  address_codes_to_address: HOUR,
  address_codes: HOUR,
  /** New usernames of one account: each tells whether a name is taken. */
  username_changes: HOUR,
  /** The same for mails by which one gets back in, and how often an address asks for one. */
  recovery_codes_of_account: HOUR,
  recovery_codes: HOUR,
  recovery_requests: HOUR,
  /** The same for mails by which one signs up, and how many names are asked for with one right code. */
  invitation_mails_to_address: HOUR,
  invitation_mails: HOUR,
  /** Of those that come of lists, how many are sent. */
  listed_invitation_mails: HOUR,
  sign_up_requests: HOUR,
  sign_up_codes_to_address: HOUR,
  sign_up_codes: HOUR,
  sign_up_names: HOUR,
} as const;

export type LimitName = keyof typeof windows;

/** Makes the service's limits, each under its name. */
export class Limits {
  readonly #limiters: Limiters;
  readonly #isKnownDevice: IsKnownDevice;

  constructor(options: { limiters: Limiters; isKnownDevice: IsKnownDevice }) {
    this.#limiters = options.limiters;
    this.#isKnownDevice = options.isKnownDevice;
  }

  /** By whatever key is given: a user, a session. */
  byKey(name: LimitName, points: number): RateLimiter {
    return this.#limiters.named(name, { points, ...windows[name] });
  }

  /** See {@link AddressLimiter}. */
  byAddress(name: LimitName, points: number): AddressLimiter {
    return new AddressLimiter(this.#partsOf(name), points);
  }

  /** See {@link CallerLimiter}. */
  byCaller(name: LimitName, points: number): CallerLimiter {
    return new CallerLimiter({ create: this.#partsOf(name), points, isKnown: this.#isKnownDevice });
  }

  #partsOf(name: LimitName) {
    return (part: string, points: number) =>
      this.#limiters.named(`${name}/${part}`, { points, ...windows[name] });
  }
}
