import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { endQuickTime, untilIdle, useQuickTime } from "../../../tests/helpers/client/quick-time";
import { bodyOf } from "../../verify/adapters/refusal";
import { ProofChecker } from "../../verify/proof";
import { VerificationError } from "../../verify/verification-error";
import { createDeviceKey, memoryDeviceKeyStore } from "../key/device-key";
import { createClock } from "./clock";
import { createProvenFetch } from "./proven-fetch";

const url = "https://reports.test/reports";
const tokens = { accessToken: "token", tokenType: "DPoP" } as const;

// Time moves only by the waits, so that no second ends while a slow machine works.
beforeEach(() => useQuickTime("Date"));
afterEach(endQuickTime);

/** Lets what waits have its time, until the work is over. */
async function withItsTime<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  void work.then(end, end);
  while (!isOver) {
    await untilIdle();
    if (!isOver) vi.advanceTimersToNextTimer();
  }
  return work;
}

/** A time that goes on from the given moment, in milliseconds. */
function timeFrom(startInMs: number): () => number {
  const begun = Date.now();
  return () => startInMs + Date.now() - begun;
}

function provenFetch(now: () => number, answer: (proof: string) => Promise<Response>) {
  return createProvenFetch({
    fetch: (_, init) => answer(new Headers(init?.headers).get("dpop") ?? ""),
    deviceKey: createDeviceKey(memoryDeviceKeyStore()),
    clock: createClock(now),
  });
}

const issuedAtOf = (proof: string): number => JSON.parse(atob(proof.split(".")[1] ?? "")).iat;

/** A service that is started by the first request that comes, 300 ms after its process, and checks proofs as ours do. */
function startedByTheRequest(now: () => number) {
  vi.spyOn(performance, "now").mockReturnValue(300);
  let checker: ProofChecker | undefined;
  const statuses: number[] = [];
  const answer = async (proof: string) => {
    checker ??= new ProofChecker(now);
    try {
      await checker.check(proof, { method: "GET", addresses: [url], accessToken: tokens.accessToken });
      statuses.push(200);
      return Response.json({});
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      statuses.push(error.status);
      return Response.json(bodyOf(error), { status: error.status });
    }
  };
  return { answer, statuses };
}

it.each([
  { name: "right", skewInMs: 0 },
  { name: "0.7 seconds behind", skewInMs: -700 },
  { name: "ten minutes behind", skewInMs: -600_000 },
])(
  "a request that starts the service itself is answered by its one repetition; clock: $name",
  async ({ skewInMs }) => {
    const now = timeFrom(1_900_000_000_600);
    const { answer, statuses } = startedByTheRequest(now);
    const fetch = provenFetch(() => now() + skewInMs, answer);
    expect((await withItsTime(fetch(url, {}, tokens))).status).toBe(200);
    expect(statuses).toEqual([401, 200]);
  },
);

it("a service that refuses a proof and says no time gets the next one from the next second", async () => {
  const seconds: number[] = [];
  const fetch = provenFetch(timeFrom(1_900_000_000_800), async (proof) => {
    seconds.push(issuedAtOf(proof));
    return Response.json({ error: "invalid_dpop_proof" }, { status: 401 });
  });
  expect((await withItsTime(fetch(url, {}, tokens))).status).toBe(401);
  expect(seconds).toHaveLength(2);
  expect(seconds[1]).toBeGreaterThan(seconds[0] ?? 0);
});

// No time passes: had it waited, it would hang.
it("a service that asks for a long wait is asked again at once, and no third time", async () => {
  let asked = 0;
  const fetch = provenFetch(Date.now, async () => {
    asked += 1;
    return Response.json({ error: "invalid_dpop_proof", retry_after: 3600 }, { status: 401 });
  });
  expect((await fetch(url, {}, tokens)).status).toBe(401);
  expect(asked).toBe(2);
});

it("the wait ends when the request is given up", async () => {
  const given = new AbortController();
  let asked = 0;
  const fetch = provenFetch(timeFrom(1_900_000_000_000), async () => {
    asked += 1;
    queueMicrotask(() => given.abort(new Error("given up")));
    return Response.json({ error: "invalid_dpop_proof" }, { status: 401 });
  });
  await expect(fetch(url, { signal: given.signal }, tokens)).rejects.toThrow("given up");
  expect(asked).toBe(1);
});
