/** What the tabs of a browser tell each other about the session, with nothing secret in it. */
export interface Stamp {
  /** Grows with each sign-in and sign-out. */
  readonly epoch: number;
  /** Grows with each new access token, sign-in and sign-out. */
  readonly generation: number;
  readonly state: "signed_in" | "signed_out";
  /** Why it ended, unless the user asked for it. */
  readonly reason?: string;
}

/** The latest stamp. It outlives the tabs, which the access token does not. */
export interface StampStore {
  /** @returns undefined when nobody has signed in here, or when the browser lost it */
  read(): Stamp | undefined;
  write(stamp: Stamp): void;
}

type StampStorage = Pick<Storage, "getItem" | "setItem">;

/** @param storage `localStorage`; where there is none, or where it throws, memory takes its place */
export function createStampStore(key: string, storage: StampStorage | undefined): StampStore {
  let inMemory: Stamp | undefined;
  return {
    read() {
      try {
        return storage ? parseStamp(storage.getItem(key)) : inMemory;
      } catch {
        return inMemory;
      }
    },
    write(stamp) {
      inMemory = stamp;
      try {
        storage?.setItem(
          key,
          JSON.stringify([
            stamp.epoch,
            stamp.generation,
            stamp.state,
            ...(stamp.reason ? [stamp.reason] : []),
          ]),
        );
      } catch {
        // A full or blocked storage only costs the hint; the channel between the tabs still works.
      }
    },
  };
}

function parseStamp(text: string | null): Stamp | undefined {
  try {
    const parts: unknown = JSON.parse(text ?? "null");
    if (!Array.isArray(parts)) return undefined;
    const [epoch, generation, state, reason] = parts as unknown[];
    if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(generation)) return undefined;
    if (state !== "signed_in" && state !== "signed_out") return undefined;
    const told = typeof reason === "string" ? { reason } : {};
    return { epoch: epoch as number, generation: generation as number, state, ...told };
  } catch {
    return undefined;
  }
}

/** The stamp of what happens after all that these tell of; `epochs` is 1 for a sign-in or a sign-out. */
export function nextStamp(
  before: readonly (Pick<Stamp, "epoch" | "generation"> | undefined)[],
  epochs: 0 | 1,
  state: Stamp["state"],
): Stamp {
  const latest = (of: "epoch" | "generation") => Math.max(...before.map((stamp) => stamp?.[of] ?? 0));
  return { epoch: latest("epoch") + epochs, generation: latest("generation") + 1, state };
}

/** A sign-out that the user asked for needs no word. */
export function reasonIn(reason: string | undefined): Pick<Stamp, "reason"> {
  return reason === undefined || reason === "signed_out" ? {} : { reason };
}
