import { nextStamp, reasonIn, type Stamp, type StampStore } from "./stamp";

/** What this tab knows of the stamp that all tabs share. */
export class KnownStamp {
  readonly #stamps: StampStore;
  #known: Omit<Stamp, "state"> & { readonly state: Stamp["state"] | "unknown" } = {
    epoch: 0,
    generation: 0,
    state: "unknown",
  };

  constructor(stamps: StampStore) {
    this.#stamps = stamps;
  }

  /** The tabs' latest one; undefined when nobody has signed in here, or when the browser lost it. */
  get shared(): Stamp | undefined {
    return this.#stamps.read();
  }

  get epoch(): number {
    return this.#known.epoch;
  }

  get generation(): number {
    return this.#known.generation;
  }

  get state(): Stamp["state"] | "unknown" {
    return this.#known.state;
  }

  /** The stamp of what happens now; `epochs` is 1 for a sign-in or a sign-out. */
  next(epochs: 0 | 1, state: Stamp["state"]): Stamp {
    return nextStamp([this.shared, this.#known], epochs, state);
  }

  take({ epoch, generation, state, reason }: Stamp): void {
    this.#known = { epoch, generation, state };
    // What another tab did is not written over by a message about what was before.
    if (generation <= (this.shared?.generation ?? -1)) return;
    this.#stamps.write({
      epoch,
      generation,
      state,
      ...(state === "signed_out" ? reasonIn(reason) : {}),
    });
  }

  /** Another tab has signed in. Generation 0: the token has still to be fetched from it. */
  followSignIn(epoch: number): void {
    this.#known = { epoch, generation: 0, state: "signed_in" };
  }
}
