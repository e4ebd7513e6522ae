import type { Acr } from "../../contract/assurance";

/** What the calls that wait want of the user (RFC 9470). */
export interface StepUpRequired {
  /** How well the user has to be authenticated for all of them: by one factor, by two, by a passkey. */
  readonly acr: Acr;
  /** How many seconds ago at the most; undefined when that does not matter. */
  readonly maxAgeInSeconds: number | undefined;
}

interface WaitingCall {
  readonly required: StepUpRequired;
  readonly settle: (isProven: boolean) => void;
}

const classes: readonly Acr[] = ["sfa", "mfa", "phr"];

/** The calls that were refused because their user has to be authenticated better, or again: one proof lets all of them go on. */
export class WaitingCalls {
  readonly #calls = new Set<WaitingCall>();
  readonly #listeners = new Set<() => void>();
  #required: StepUpRequired | undefined;

  /** The same object until something changes. */
  get required(): StepUpRequired | undefined {
    return this.#required;
  }

  /** Calls wait while somebody listens, and are refused otherwise. @returns how to stop */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.settle(false);
    };
  }

  /**
   * @param members of the refusal: `acr_values` and `max_age`
   * @returns whether the user has proven something since, so that the call is worth making again
   */
  wait(members: Readonly<Record<string, unknown>>, signal?: AbortSignal | null): Promise<boolean> {
    if (this.#listeners.size === 0 || signal?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const call: WaitingCall = {
        required: requiredBy(members),
        settle: (isProven) => {
          signal?.removeEventListener("abort", giveUp);
          resolve(isProven);
        },
      };
      const giveUp = () => {
        this.#calls.delete(call);
        call.settle(false);
        this.#tell();
      };
      signal?.addEventListener("abort", giveUp);
      this.#calls.add(call);
      this.#tell();
    });
  }

  /** Lets every waiting call go on, or be refused. */
  settle(isProven: boolean): void {
    const calls = [...this.#calls];
    this.#calls.clear();
    for (const call of calls) call.settle(isProven);
    this.#tell();
  }

  #tell(): void {
    const next = strictest([...this.#calls].map(({ required }) => required));
    const isSame =
      next?.acr === this.#required?.acr && next?.maxAgeInSeconds === this.#required?.maxAgeInSeconds;
    if (isSame && (next === undefined) === (this.#required === undefined)) return;
    this.#required = next;
    for (const listener of this.#listeners) listener();
  }
}

/** Any of the values is enough: the weakest is asked for. */
function requiredBy({
  acr_values: values,
  max_age: maxAge,
}: Readonly<Record<string, unknown>>): StepUpRequired {
  const named = typeof values === "string" ? values.split(" ") : [];
  return {
    acr: classes.find((one) => named.includes(one)) ?? "sfa",
    maxAgeInSeconds: typeof maxAge === "number" ? maxAge : undefined,
  };
}

function strictest(all: readonly StepUpRequired[]): StepUpRequired | undefined {
  const [first] = all;
  if (!first) return undefined;
  const ages = all.map(({ maxAgeInSeconds }) => maxAgeInSeconds ?? Number.POSITIVE_INFINITY);
  const least = Math.min(...ages);
  return {
    acr: all.map(({ acr }) => acr).reduce((a, b) => (classes.indexOf(b) > classes.indexOf(a) ? b : a)),
    maxAgeInSeconds: Number.isFinite(least) ? least : undefined,
  };
}
