import { addressKeys } from "./address-key";

/**
 * Who shares what there is: an IPv6 address by its /48 and its /64, an IPv4 address by itself twice. Parties of one site
 * share what one site is given.
 */
export type Party = readonly [site: string, own: string];

/** Nobody knows whose it is, so all such requests are one party: it can be crowded, and crowds nobody else out. */
const UNKNOWN: Party = ["", ""];

/** The party of an address. */
export function partyOf(address: string | null): Party {
  const keys = addressKeys(address);
  return keys ? [keys.site ?? keys.own, keys.own] : UNKNOWN;
}

/** The party of what is counted by itself, wherever it is: a known device, a session. */
export function partyByItself(name: string): Party {
  return [`own ${name}`, `own ${name}`];
}

/**
 * A bounded number of places, of which no party gets all. A party may take one more while it has fewer than are free: alone
 * it gets half of them, two get a third each, and one is left for the next caller (dynamic thresholds, Choudhury and
 * Hahne 1998). A /64 may have half as many as are free, so that it does not take the share of all its /48.
 */
export class SharedPlaces {
  readonly #capacity: number;
  readonly #takenBy = new Map<string, number>();
  #taken = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** @returns how to give the place back, once; undefined when there is none for this party */
  take([site, own]: Party): (() => void) | undefined {
    const free = this.#capacity - this.#taken;
    if (this.#countOf(site) >= free) return undefined;
    if (own !== site && this.#countOf(own) >= free / 2) return undefined;
    const names = new Set([site, own]);
    this.#taken += 1;
    for (const name of names) this.#takenBy.set(name, this.#countOf(name) + 1);
    return () => {
      this.#taken -= 1;
      for (const name of names) this.#giveBack(name);
    };
  }

  #countOf(name: string): number {
    return this.#takenBy.get(name) ?? 0;
  }

  #giveBack(name: string): void {
    const left = this.#countOf(name) - 1;
    if (left > 0) this.#takenBy.set(name, left);
    else this.#takenBy.delete(name);
  }
}

/**
 * Runs a bounded number of jobs at once. Those that wait have turns by party, site after site and within a site address
 * after address, so that one that sends much delays itself and nobody else.
 */
export class FairTurns {
  readonly #concurrency: number;
  readonly #waiting = new Circle<() => void>();
  #running = 0;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** How many wait for their turn. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Runs the job when its turn has come. */
  async run<T>(party: Party, job: () => Promise<T>): Promise<T> {
    if (this.#running < this.#concurrency) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.add(party, resolve));
    try {
      return await job();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

/** What waits, in turns. */
class Circle<T> {
  readonly #parts = new Map<string, Circle<T>>();
  readonly #items: T[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add([name, ...rest]: readonly string[], item: T): void {
    this.#size += 1;
    if (name === undefined) {
      this.#items.push(item);
      return;
    }
    const part = this.#parts.get(name) ?? new Circle<T>();
    this.#parts.set(name, part);
    part.add(rest, item);
  }

  shift(): T | undefined {
    if (this.#size > 0) this.#size -= 1;
    const [first] = this.#parts;
    if (!first) return this.#items.shift();
    const [name, part] = first;
    const item = part.shift();
    // Behind the others, with what it has left.
    this.#parts.delete(name);
    if (part.size > 0) this.#parts.set(name, part);
    return item;
  }
}
