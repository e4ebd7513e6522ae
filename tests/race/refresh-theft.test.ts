import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bearer,
  type Device,
  newDevice,
  proofHeader,
  startService,
  type TestService,
  type Tokens,
} from "../helpers/service";
import { me, refresh } from "../helpers/wire";

/** Security bar 25 and 27: every row of the table in src/modules/sessions/rotation.ts, over HTTP, with the edges. */
let service: TestService;
let users = 0;

beforeAll(async () => {
  service = await startService({ LIMIT_REFRESHES: "100000", REFRESH_REUSE_INTERVAL: "30" });
});

afterAll(() => service.close());

interface Family {
  readonly username: string;
  readonly device: Device | undefined;
  readonly sessionId: string;
  /** By counter. */
  readonly tokens: string[];
  accessToken: string;
}

/** A session of a user of its own, rotated `rotations` times, so that `tokens[rotations]` is the live one. */
async function family(kind: "bearer" | "bound", rotations: number): Promise<Family> {
  users += 1;
  const username = `user-${users}`;
  await service.addUser(username);
  const device = kind === "bound" ? await newDevice() : undefined;
  const first = await service.signIn(username, device);
  const made: Family = {
    username,
    device,
    sessionId: first.session_id,
    tokens: [first.refresh_token],
    accessToken: first.access_token,
  };
  for (let count = 0; count < rotations; count += 1) await rotate(made);
  return made;
}

async function rotate(of: Family): Promise<void> {
  const answer = await refresh(service, of.tokens.at(-1) ?? "", of.device);
  if (answer.status !== 200)
    throw new Error(`rotation answered ${answer.status} ${JSON.stringify(answer.body)}`);
  of.tokens.push(String(answer.body.refresh_token));
  of.accessToken = String(answer.body.access_token);
}

const present = (of: Family, counter: number, by: Device | undefined = of.device) =>
  refresh(service, of.tokens[counter] ?? "", by);

async function rowOf(
  of: Family,
): Promise<{ endedAt: Date | null; endReason: string | null; counter: number }> {
  const { openDatabase } = await import("../../src/platform/storage/sqlite/database");
  const database = await openDatabase(service.databaseFile);
  try {
    return await database.session.findUniqueOrThrow({ where: { id: of.sessionId } });
  } finally {
    await database.close();
  }
}

async function auditOf(of: Family): Promise<string[]> {
  const { openDatabase } = await import("../../src/platform/storage/sqlite/database");
  const database = await openDatabase(service.databaseFile);
  try {
    const rows = await database.auditEvent.findMany({
      where: { sessionId: of.sessionId },
      orderBy: { at: "asc" },
    });
    return rows.map((row) => row.type);
  } finally {
    await database.close();
  }
}

async function expectSameSuccessor(of: Family, counter: number): Promise<void> {
  const answer = await present(of, counter);
  expect([answer.status, answer.body.refresh_token]).toEqual([200, of.tokens.at(-1)]);
  expect((await me(service, String(answer.body.access_token), of.device)).status).toBe(200);
  expect(await rowOf(of)).toMatchObject({ endedAt: null, counter: of.tokens.length - 1 });
}

async function expectTheft(of: Family, counter: number): Promise<void> {
  const answer = await present(of, counter);
  expect([answer.status, answer.body.error]).toEqual([401, "refresh_token_reused"]);
  await expectDead(of, "refresh_token_reused");
  const audit = await auditOf(of);
  expect(audit.filter((type) => type === "refresh_token_reused")).toHaveLength(1);
  expect(audit).toContain("session_ended");
}

async function expectDead(of: Family, reason: string): Promise<void> {
  expect((await me(service, of.accessToken, of.device)).body.error).toBe("session_revoked");
  for (const counter of of.tokens.keys()) {
    const again = await present(of, counter);
    expect([again.status, again.body.error]).toEqual([401, "session_revoked"]);
  }
  // Ended rows stay findable, and do not change.
  expect(await rowOf(of)).toMatchObject({ endReason: reason, counter: of.tokens.length - 1 });
}

describe("bearer family", () => {
  it("predecessor within the interval: the same successor", async () => {
    const of = await family("bearer", 3);
    await expectSameSuccessor(of, 2);
    service.clock.advance(20);
    await expectSameSuccessor(of, 2);
  });

  it("predecessor after the interval: theft", async () => {
    const of = await family("bearer", 1);
    service.clock.advance(30.5);
    await expectTheft(of, 0);
  });

  it.each([0, 1])("older ancestor (%d of 3) at once: theft", async (counter) => {
    await expectTheft(await family("bearer", 3), counter);
  });

  it("older ancestor after the interval: theft", async () => {
    const of = await family("bearer", 3);
    service.clock.advance(31);
    await expectTheft(of, 0);
  });

  it("a repeat does not stretch the interval", async () => {
    const of = await family("bearer", 1);
    service.clock.advance(20);
    await expectSameSuccessor(of, 0);
    service.clock.advance(15);
    await expectTheft(of, 0);
  });

  it("a proof beside it changes nothing, a bad proof is refused, and neither binds nor ends it", async () => {
    const of = await family("bearer", 0);
    const bad = await service.call("/api/auth/refresh-token", {
      headers: { dpop: "a.b.c" },
      json: { refresh_token: of.tokens[0] },
    });
    expect([bad.status, bad.body.error]).toEqual([401, "invalid_dpop_proof"]);
    const withProof = await present(of, 0, await newDevice());
    expect([withProof.status, withProof.body.token_type]).toEqual([200, "Bearer"]);
  });
});

describe("bound family", () => {
  it("predecessor at any time: the same successor", async () => {
    const of = await family("bound", 2);
    await expectSameSuccessor(of, 1);
    service.clock.advance(31);
    await expectSameSuccessor(of, 1);
    service.clock.advance(6 * 86_400);
    await expectSameSuccessor(of, 1);
  });

  it.each([0, 1, 2])(
    "ancestor %d of 4, superseded within the interval: the same successor",
    async (counter) => {
      const of = await family("bound", 4);
      service.clock.advance(20);
      await expectSameSuccessor(of, counter);
    },
  );

  it.each([0, 1, 2])("ancestor %d of 4 after the interval: theft", async (counter) => {
    const of = await family("bound", 4);
    service.clock.advance(30.5);
    await expectTheft(of, counter);
  });

  it("each ancestor is measured by its own time, not by the latest rotation", async () => {
    const of = await family("bound", 1); // 0 superseded now
    service.clock.advance(20);
    await rotate(of); // 1 superseded at 20
    await rotate(of); // 2 superseded at 20
    service.clock.advance(11);
    await expectSameSuccessor(of, 1);
    await expectTheft(of, 0);
  });

  it.each([0, 1, 2])("without a proof (token %d of 2): refused, and the family lives", async (counter) => {
    const of = await family("bound", 2);
    const answer = await refresh(service, of.tokens[counter] ?? "");
    expect([answer.status, answer.body.error]).toEqual([401, "invalid_dpop_proof"]);
    expect(answer.headers.get("www-authenticate")).toBe('DPoP algs="ES256", error="invalid_dpop_proof"');
    expect(typeof answer.body.server_time).toBe("number");
    const replayed = await proofHeader(of.device, "POST", "/api/auth/refresh-token", service.clock);
    const send = () =>
      service.call("/api/auth/refresh-token", { headers: replayed, json: { refresh_token: of.tokens[2] } });
    expect((await send()).status).toBe(200);
    expect((await send()).body.error).toBe("invalid_dpop_proof");
    expect((await me(service, of.accessToken, of.device)).status).toBe(200);
  });

  it("another key with the live token: the session ends, reported as a mismatch", async () => {
    const of = await family("bound", 1);
    const answer = await present(of, 1, await newDevice());
    expect([answer.status, answer.body.error]).toEqual([401, "device_mismatch"]);
    expect(answer.body.refresh_token).toBeUndefined();
    await expectDead(of, "device_mismatch");
    expect((await auditOf(of)).sort()).toEqual(["device_mismatch", "session_ended", "signed_in"]);
    expect(service.log()).toMatch(/"superseded_token":false/);
  });

  it.each([0, 1])(
    "another key with a superseded token (%d of 2): ends too, reported as theft",
    async (counter) => {
      const of = await family("bound", 2);
      const answer = await present(of, counter, await newDevice());
      expect([answer.status, answer.body.error]).toEqual([401, "device_mismatch"]);
      await expectDead(of, "device_mismatch");
      const lines = service
        .log()
        .split("\n")
        .filter((line) => line.includes(of.sessionId));
      expect(lines.some((line) => line.includes('"superseded_token":true'))).toBe(true);
    },
  );

  it("on another instance the rule is the same row's", async () => {
    const of = await family("bound", 3);
    const second = await service.another();
    try {
      const repeat = await refresh(service, of.tokens[1] ?? "", of.device, second);
      expect([repeat.status, repeat.body.refresh_token]).toEqual([200, of.tokens[3]]);
      service.clock.advance(31);
      const theft = await refresh(service, of.tokens[1] ?? "", of.device, second);
      expect(theft.body.error).toBe("refresh_token_reused");
      expect((await refresh(service, of.tokens[3] ?? "", of.device)).body.error).toBe("session_revoked");
    } finally {
      await second.close();
    }
  });
});

describe("the user hears of it", () => {
  it.each([
    ["refresh_token_reused", "bearer", undefined],
    ["device_mismatch", "bound", "other key"],
  ] as const)("%s is in the notices of the user's other sessions", async (type, kind, stolenBy) => {
    const of = await family(kind, 2);
    const other = await service.signIn(of.username);
    await present(of, 0, stolenBy ? await newDevice() : undefined);
    const { body } = await service.call("/api/auth/notices", { headers: bearer(other.access_token) });
    const notices = body.notices as { type: string; session_id: string; session_live: boolean }[];
    expect(notices.filter((notice) => notice.type === type)).toMatchObject([
      { session_id: of.sessionId, session_live: false, device: { bound: kind === "bound" } },
    ]);
  });

  it("once, however many come at once", async () => {
    const of = await family("bearer", 3);
    const answers = await Promise.all(Array.from({ length: 20 }, () => present(of, 0)));
    for (const { status, body } of answers) {
      expect([status, body.error]).toSatisfy(
        ([, error]) => error === "refresh_token_reused" || error === "session_revoked",
      );
      expect(status).toBe(401);
    }
    const audit = await auditOf(of);
    expect(audit.filter((type) => type === "session_ended")).toHaveLength(1);
    expect(audit.filter((type) => type === "refresh_token_reused")).toHaveLength(1);
  });
});

describe("forged refresh tokens change nothing", () => {
  it("every character, changed to every neighbour and to a foreign one", async () => {
    const of = await family("bearer", 2);
    const live = of.tokens[2] ?? "";
    const forged = [...live].flatMap((character, at) => {
      const code = character.charCodeAt(0);
      const others = [code ^ 1, code ^ 2, code ^ 4, code ^ 32].map((value) => String.fromCharCode(value));
      return [...others, "A", "é", ""]
        .filter((other) => other !== character)
        .map((other) => live.slice(0, at) + other + live.slice(at + 1));
    });
    expect(forged.length).toBeGreaterThan(400);
    for (const token of forged) {
      const { status, body } = await refresh(service, token);
      expect([token, status, body.error]).toEqual([token, 401, "invalid_token"]);
    }
    await expectSameSuccessor(of, 1);
    expect((await present(of, 2)).status).toBe(200);
    expect((await auditOf(of)).filter((type) => type !== "signed_in")).toEqual([]);
  });

  it("another counter, another session, another kid, under the right MAC of something else", async () => {
    const [one, two] = [await family("bearer", 1), await family("bearer", 1)];
    const [kid, , , mac] = (one.tokens[1] ?? "").split(".");
    const tries = [
      `${kid}.${one.sessionId}.2.${mac}`,
      `${kid}.${one.sessionId}.0.${mac}`,
      `${kid}.${two.sessionId}.1.${mac}`,
      `2.${one.sessionId}.1.${mac}`,
      `${kid}.${one.sessionId}.01.${mac}`,
      `${kid}.${one.sessionId}.1.${mac}=`,
      `${kid}.${one.sessionId}.1.${mac}.`,
      `${kid}.${one.sessionId}.-1.${mac}`,
      ` ${one.tokens[1]}`,
      `${one.tokens[1]}\n`,
      `__proto__.${one.sessionId}.1.${mac}`,
      `${kid}.${one.sessionId}.1.`,
      "....",
    ];
    for (const token of tries) expect([token, (await refresh(service, token)).status]).toEqual([token, 401]);
    for (const of of [one, two]) expect(await rowOf(of)).toMatchObject({ counter: 1, endedAt: null });
  });

  it("under the MAC of another installation", async () => {
    const elsewhere = await startService();
    try {
      await elsewhere.addUser("ada");
      const foreign = (await elsewhere.signIn("ada")) as Tokens;
      expect((await refresh(service, foreign.refresh_token)).body.error).toBe("invalid_token");
    } finally {
      await elsewhere.close();
    }
  });
});
