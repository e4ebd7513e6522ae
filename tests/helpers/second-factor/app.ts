import { createHmac } from "node:crypto";
import type { TestClock } from "../service";

const PERIOD_IN_SECONDS = 30;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** An authenticator app (RFC 6238), which knows nothing of our code. */
export class AuthenticatorApp {
  readonly secret: string;
  readonly #clock: Pick<TestClock, "now" | "advance">;
  #lastStep = 0;

  /** @param secret base32, as the service shows it */
  constructor(secret: unknown, clock: Pick<TestClock, "now" | "advance">) {
    this.secret = String(secret);
    this.#clock = clock;
  }

  /** A code that was not given out before; time passes when the service would accept none of those left. */
  code(): string {
    const now = this.#step();
    const step = Math.max(now, this.#lastStep + 1);
    if (step > now + 1) this.#clock.advance((step - now - 1) * PERIOD_IN_SECONDS);
    this.#lastStep = step;
    return this.#codeOf(step);
  }

  /** The code of a moment so many steps from now. */
  codeAt(steps: number): string {
    return this.#codeOf(this.#step() + steps);
  }

  /** One that is right in no step near now. */
  wrongCode(): string {
    const near = new Set([-3, -2, -1, 0, 1, 2, 3].map((steps) => this.codeAt(steps)));
    return ["000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777"].find(
      (code) => !near.has(code),
    ) as string;
  }

  #step(): number {
    return Math.floor(this.#clock.now().getTime() / 1000 / PERIOD_IN_SECONDS);
  }

  #codeOf(step: number): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac("sha1", fromBase32(this.secret)).update(counter).digest();
    const offset = (mac.at(-1) ?? 0) & 0xf;
    return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
  }
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
