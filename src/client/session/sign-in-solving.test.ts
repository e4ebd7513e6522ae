import { describe, expect, it } from "vitest";
import { FakeService } from "../../../tests/helpers/client/fake-service";
import type { CallService, ServiceAnswer, ServiceCall } from "../calls/service";
import type { SessionState } from "./session-state";
import type { CaptchaProgress, PasswordSignIn } from "./sign-in";
import { signInSolving } from "./sign-in-solving";

const key = { keyThumbprint: "k" };
const tokens = {
  access_token: "at",
  token_type: "DPoP",
  expires_in: 300,
  refresh_token: "rt",
  refresh_token_expires_in: 600,
  session_id: "s",
};
const pow = (id: string) => ({ required: true, id, kinds: ["pow", "image"] });
const image = (id: string) => ({ required: true, id, kinds: ["image", "pow"] });

function refused(reason: string, members: Record<string, unknown> = {}): ServiceAnswer {
  const refusal = {
    reason,
    message: reason,
    serverTimeInSeconds: undefined,
    retryAfterInSeconds: undefined,
    members,
  };
  return { status: "refused", httpStatus: reason === "too_many_attempts" ? 429 : 400, refusal };
}

/** A service that asks for what the test says, one refusal a login, and then lets in. */
async function stage(refusals: ServiceAnswer[], input: Partial<PasswordSignIn> = {}) {
  const calls: string[] = [];
  const logins: unknown[] = [];
  const { body: issued } = await ticketOf(new FakeService());
  let tickets = 0;
  const callService: CallService = async ({ path, body }: ServiceCall) => {
    calls.push(path);
    if (path === "/api/auth/get_t") {
      tickets += 1;
      return { status: "ok", body: { ...issued, t: `t${tickets}`, captcha: pow(`c${tickets}`) }, ...key };
    }
    if (path.startsWith("/api/auth/captcha/pow")) return { status: "ok", body: easyChallenge, ...key };
    const { t, captcha } = body as { t: string; captcha?: { id: string; kind: string; answer: string } };
    logins.push([t, captcha?.kind, captcha?.id, captcha?.kind === "image" ? captcha.answer : "…"]);
    return refusals.shift() ?? { status: "ok", body: tokens, ...key };
  };
  const session = { begin: async () => {} } as unknown as SessionState;
  const options = {
    session,
    callService,
    delivery: "body",
    now: Date.now,
    baseUrl: "https://a.test",
  } as const;
  const outcome = await signInSolving(options, {
    username: "ada",
    password: "x",
    captcha: "solve",
    ...input,
  });
  return { outcome, calls, logins };
}

async function ticketOf(service: FakeService): Promise<{ body: Record<string, unknown> }> {
  const { createCountersignClient } = await import("../create-client");
  const client = createCountersignClient({
    url: service.url,
    delivery: "body",
    fetch: (url, init) => service.handle(new Request(url, init)),
  });
  const outcome = await client.auth.getTicket();
  client.close();
  if (outcome.status !== "issued") throw new Error(outcome.status);
  return { body: outcome.ticket };
}

/** Any counter solves it. */
const easyChallenge = {
  parameters: {
    algorithm: "PBKDF2/SHA-256",
    nonce: "00",
    salt: "00",
    cost: 1,
    keyLength: 16,
    keyPrefix: "",
    data: { attemptsUpTo: 4 },
  },
};

describe('a sign-in with captcha: "solve"', () => {
  it("does the work of two rounds, when the second is asked for on the way, and says how far it is", async () => {
    const told: CaptchaProgress[] = [];
    const { outcome, logins } = await stage([refused("captcha_required", { captcha: image("harder") })], {
      onCaptcha: (progress) => told.push(progress),
    });
    expect(outcome).toEqual({ status: "signed_in", sessionId: "s" });
    expect(logins).toEqual([
      ["t1", "pow", "c1", "…"],
      ["t1", "pow", "harder", "…"],
    ]);
    expect(told.filter(({ share }) => share === 0).map(({ round, kind }) => [round, kind])).toEqual([
      [1, "pow"],
      [2, "pow"],
    ]);
    expect(told.filter(({ share }) => share === 1)).toHaveLength(2);
    for (const { elapsedInMs, atMostInMs } of told)
      if (atMostInMs !== undefined) expect(atMostInMs).toBeGreaterThanOrEqual(elapsedInMs);
  });

  it("asks a person for a picture, again after a wrong answer, and works when nothing is typed", async () => {
    const typed = ["WRONG", "ABCD", undefined];
    const shown: string[] = [];
    const { outcome, logins } = await stage(
      [
        refused("captcha_required", { captcha: image("one") }),
        refused("captcha_failed", { captcha: image("two") }),
        refused("captcha_required", { captcha: image("three") }),
      ],
      {
        readPicture: async ({ url }) => {
          shown.push(url);
          return typed.shift();
        },
      },
    );
    expect(outcome.status).toBe("signed_in");
    expect(shown).toEqual(["one", "two", "three"].map((id) => `https://a.test/api/auth/captcha?id=${id}`));
    expect(logins).toEqual([
      ["t1", "pow", "c1", "…"],
      ["t1", "image", "one", "WRONG"],
      ["t1", "image", "two", "ABCD"],
      ["t1", "pow", "three", "…"],
    ]);
  });

  it("goes on with a new ticket when the one it worked for has run out", async () => {
    const { outcome, logins } = await stage([refused("invalid_ticket")]);
    expect(outcome.status).toBe("signed_in");
    expect(logins).toEqual([
      ["t1", "pow", "c1", "…"],
      ["t2", "pow", "c2", "…"],
    ]);
  });

  it.each([
    ["a wrong password", refused("invalid_credentials"), "invalid_credentials"],
    ["a wait", refused("too_many_attempts"), "too_many_attempts"],
    ["no network", { status: "unavailable", cause: "network" } as const, "unavailable"],
  ])("stops at %s", async (_, answer, status) => {
    const { outcome, logins } = await stage([answer]);
    expect(outcome.status).toBe(status);
    expect(logins).toHaveLength(1);
  });

  it("gives up a service that asks without end", async () => {
    const endless = Array.from({ length: 50 }, (_, n) =>
      refused("captcha_failed", { captcha: pow(`n${n}`) }),
    );
    const { outcome, logins } = await stage(endless);
    expect(outcome.status).toBe("captcha_failed");
    expect(logins.length).toBeLessThan(12);
  });
});
