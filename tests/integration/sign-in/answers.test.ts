import { verify } from "@node-rs/argon2";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Answer, PASSWORD, startService, type TestService } from "../../helpers/service";
import { countStatements } from "../../helpers/statement-count";
import { attempt, getTicket, login } from "../../helpers/steps/sign-in";

vi.mock("@node-rs/argon2", { spy: true });

const count = countStatements();
const statements = () => count().statements;

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

  it("does the same work, whatever was wrong: one check of a hash, with the parameters of all, and as many statements", async () => {
    await attempt(service, "warm-up", "wrong");
    const argon2 = vi.mocked(verify);
    const workOf = async (username: string, password: string) => {
      const { t } = await getTicket(service);
      argon2.mockClear();
      const before = statements();
      await login(service, { t, username, password });
      const hashes = argon2.mock.calls.map(([hash]) => String(hash).replace(/\$[^$]+\$[^$]+$/, ""));
      return { hashes, statements: statements() - before };
    };
    // The service has work of its own now and then, which may fall into one of them.
    const leastOf = async (username: string, password: string) => {
      const rounds = [];
      for (let round = 0; round < 3; round += 1) rounds.push(await workOf(username, password));
      rounds.sort((a, b) => a.statements - b.statements);
      return rounds[0];
    };
    const wrong = await leastOf("ada", "wrong");
    expect(wrong?.hashes).toEqual([expect.stringMatching(/^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+$/)]);
    expect(await leastOf("nobody", "wrong")).toEqual(wrong);
    expect(await leastOf("closed", PASSWORD)).toEqual(wrong);
  });
});
