import { createHmac } from "node:crypto";
import type { Clock } from "../ports";
import { secretsEqual } from "../secret-hash";

const SLICE_IN_SECONDS = 60;
/** A nonce is good for four to five minutes. */
const KEPT_SLICES = 5;
const MAC_BYTES = 18;

/**
 * Nonces for proofs at the token endpoint (RFC 9449 section 8): what a client could not have known before. They are
 * derived from the time, so that nothing is stored and every instance accepts those of the others.
 */
export class DpopNonces {
  readonly #options: { readonly key: Uint8Array; readonly clock: Clock };

  constructor(options: { readonly key: Uint8Array; readonly clock: Clock }) {
    this.#options = options;
  }

  current(): string {
    return this.#of(this.#slice());
  }

  accepts(nonce: string | undefined): boolean {
    if (nonce === undefined) return false;
    const slice = this.#slice();
    return Array.from({ length: KEPT_SLICES }, (_, age) => this.#of(slice - age)).some((one) =>
      secretsEqual(one, nonce),
    );
  }

  #slice(): number {
    return Math.floor(this.#options.clock.now().getTime() / 1000 / SLICE_IN_SECONDS);
  }

  #of(slice: number): string {
    return createHmac("sha256", this.#options.key)
      .update(String(slice))
      .digest()
      .subarray(0, MAC_BYTES)
      .toString("base64url");
  }
}
