import { AddressLimiter, type CreateRateLimiter } from "./address-limiter";

/** A caller as limits see it. */
export interface CountedCaller {
  readonly address: string | null;
  /** Of a key that has proven the request, or the ticket that it is about. */
  readonly keyThumbprint: string | null;
}

/** Whether the key has signed in to any account. */
export type IsKnownDevice = (keyThumbprint: string) => Promise<boolean>;

/**
 * A limit by address that shuts no known device out: where the address has used its share up, a known device has a share
 * of its own, as large. Who else is at an address is nobody's choice.
 *
 * Only where the address is refused is it asked whether the device is known: the usual call costs no query. A device whose
 * address is not known is counted by its key alone.
 */
export class CallerLimiter {
  readonly #isKnown: IsKnownDevice;
  readonly #byAddress: AddressLimiter;
  readonly #byKey: ReturnType<CreateRateLimiter>;

  constructor(options: { create: CreateRateLimiter; points: number; isKnown: IsKnownDevice }) {
    this.#isKnown = options.isKnown;
    this.#byAddress = new AddressLimiter(options.create, options.points);
    this.#byKey = options.create("device", options.points);
  }

  /** Counts one. @returns seconds to wait when that was one too many, else 0 */
  async consume({ address, keyThumbprint }: CountedCaller): Promise<number> {
    const waitInSeconds = await this.#byAddress.consume(address);
    if (keyThumbprint === null) return waitInSeconds;
    const isCounted = waitInSeconds === 0 && address !== null;
    if (isCounted || (address !== null && !(await this.#isKnown(keyThumbprint)))) return waitInSeconds;
    return this.#byKey.consume(keyThumbprint);
  }
}
