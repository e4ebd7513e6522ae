import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Answer, PASSWORD, startService, type TestService } from "../../helpers/service";
import { attempt, getTicket, login } from "../../helpers/steps/sign-in";

/** Distinct names each, so that no count of one falls on another. */
const SAMPLES = 50;

let service: TestService;

beforeEach(async () => {
  service = await startService({ LIMIT_ADDRESS_FAILURES: "100000" });
  await service.addUser("ada");
  await service.addUser("closed");
  await service.container.accounts.disable("closed");
});

afterEach(() => service.close());

/** All that a caller can see, less what differs by design in every answer. */
function seen({ status, body, headers }: Answer) {
  return {
    status,
    body: { ...body, request_id: "" },
    headers: [...headers].filter(([name]) => name !== "date"),
  };
}

describe("a refused sign-in", () => {
  it("looks the same for a wrong password, an unknown name and a closed account", async () => {
    const wrong = seen(await attempt(service, "ada", "wrong"));
    const unknown = seen(await attempt(service, "nobody", PASSWORD));
    const closedWrong = seen(await attempt(service, "closed", "wrong"));
    const closedRight = seen(await attempt(service, "closed", PASSWORD));
    expect(wrong.status).toBe(401);
    expect(wrong.body.error).toBe("invalid_credentials");
    for (const other of [unknown, closedWrong, closedRight]) expect(other).toEqual(wrong);
  });

  it("looks the same on the face of tRPC", async () => {
    const byTrpc = async (username: string, password: string) => {
      const { t } = await getTicket(service);
      const answer = await service.call("/api/trpc/auth.login", { json: { t, username, password } });
      const error = answer.body.error as unknown as { data: { reason: string; request_id: string } };
      return { status: answer.status, error: { ...error, data: { ...error.data, request_id: "" } } };
    };
    const wrong = await byTrpc("ada", "wrong");
    expect(wrong.error.data.reason).toBe("invalid_credentials");
    expect(await byTrpc("nobody", PASSWORD)).toEqual(wrong);
    expect(await byTrpc("closed", PASSWORD)).toEqual(wrong);
  });

  it("takes the same time, whatever was wrong", async () => {
    const samples: Record<string, number[]> = { wrong: [], unknown: [], closed: [] };
    const measure = async (kind: string, username: string, password: string) => {
      const { t } = await getTicket(service);
      const startedAt = performance.now();
      const answer = await login(service, { t, username, password });
      samples[kind]?.push(performance.now() - startedAt);
      expect(answer.body.error).toBe("invalid_credentials");
    };
    for (let i = 0; i < SAMPLES; i += 1) {
      await service.addUser(`open-${i}`);
      await service.addUser(`closed-${i}`);
      await service.container.accounts.disable(`closed-${i}`);
    }
    await attempt(service, "warm-up", "wrong");
    // In turns, so that whatever else the machine does falls on all alike.
    for (let i = 0; i < SAMPLES; i += 1) {
      await measure("wrong", `open-${i}`, "wrong");
      await measure("unknown", `nobody-${i}`, "wrong");
      await measure("closed", `closed-${i}`, PASSWORD);
    }
    const [wrong, unknown, closed] = ["wrong", "unknown", "closed"].map((kind) =>
      median(samples[kind] ?? []),
    );
    if (!wrong || !unknown || !closed) throw new Error("nothing was measured");
    for (const ratio of [unknown / wrong, closed / wrong]) {
      expect(ratio).toBeGreaterThan(0.7);
      expect(ratio).toBeLessThan(1.4);
    }
  });
});

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
