import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startService, type TestService, type Tokens } from "../helpers/service";
import {
  approvedQr,
  byPhone,
  cancel,
  confirm,
  createQr,
  deny,
  meBy,
  openPhone,
  redeem,
  type SignedInPhone,
  scan,
  statusOf,
  type WaitingComputer,
} from "../helpers/steps/qr";
import { tally, times } from "../helpers/steps/sign-in";

/** What happens at the worst moment: after the row is consumed, and before the session that comes of it is there. */
const between = vi.hoisted(() => ({ redemptionAndSession: async () => {} }));

/**
 * Within one process a request may run from its first statement to its last without giving way, and then nothing races.
 * So each statement on these rows is preceded and followed by turns of the event loop, as with a database elsewhere.
 */
vi.mock("../../src/platform/storage/stores/qr-login-store", async (importActual) => {
  const actual = await importActual<typeof import("../../src/platform/storage/stores/qr-login-store")>();
  return {
    createQrLoginStore(database: Parameters<typeof actual.createQrLoginStore>[0]) {
      return new Proxy(actual.createQrLoginStore(database), {
        get(store, name) {
          const method: unknown = Reflect.get(store, name);
          if (typeof method !== "function") return method;
          return async (...values: unknown[]): Promise<unknown> => {
            await turn();
            const result: unknown = await Reflect.apply(method, store, values);
            if (name === "redeem") await between.redemptionAndSession();
            await turn();
            return result;
          };
        },
      });
    },
  };
});

/** Security bar 35, 40, 42 and 66: fifty at once, on one instance and on two of one database; one of them wins. */
const CONTENDERS = 50;

let service: TestService;
let second: TestService | undefined;
let phone: SignedInPhone;

beforeEach(async () => {
  service = await startService({ LIMIT_QR_CLAIMS: "100000" });
  await service.addUser("ada");
  phone = await openPhone(service, "ada");
});

afterEach(async () => {
  between.redemptionAndSession = async () => {};
  await second?.close();
  second = undefined;
  await service.close();
});

/** The instances that are asked in turn. */
type Pick = (index: number) => TestService;

async function instances(count: number): Promise<Pick> {
  if (count === 1) return () => service;
  const other = await service.another();
  second = other;
  return (index) => (index % 2 ? other : service);
}

async function qrSessions(): Promise<number> {
  const user = await service.container.accounts.findByUsername("ada");
  const live = await service.container.sessions.listLive(user?.id ?? "");
  return live.filter(({ method }) => method === "qr").length;
}

const stateOf = async (computer: WaitingComputer) => (await statusOf(service, computer)).body.status;

describe.each([1, 2])("on %d instance(s)", (count) => {
  it("fifty phones of fifty users scan at once: one has it, and only that one can answer", async () => {
    const pick = await instances(count);
    await times(CONTENDERS, (index) => service.addUser(`user-${index}`));
    const phones = await times(CONTENDERS, (index) => openPhone(service, `user-${index}`));
    const computer = await createQr(service);
    const answers = await times(CONTENDERS, (index) => scan(pick(index), phones[index] ?? phone, computer));
    expect(tally(answers)).toEqual({ "200": 1, qr_already_claimed: CONTENDERS - 1 });
    const winner = answers.findIndex(({ status }) => status === 200);
    const [ticket] = answers.slice(winner, winner + 1);
    if (!ticket) throw new Error("nobody won");
    const confirmed = await times(CONTENDERS, (index) =>
      confirm(pick(index), phones[index] ?? phone, ticket),
    );
    expect(confirmed.map(({ status }) => status).filter((status) => status === 204)).toHaveLength(1);
    expect(confirmed[winner]?.status).toBe(204);
    const computerTokens = (await redeem(service, computer)).body as unknown as Tokens;
    const me = await meBy(service, computer.device, computerTokens);
    expect(me.body.user).toMatchObject({ username: `user-${winner}` });
  });

  it("fifty sessions of one user scan at once: one has it", async () => {
    const pick = await instances(count);
    const phones = await times(CONTENDERS, () => openPhone(service, "ada"));
    const computer = await createQr(service);
    const answers = await times(CONTENDERS, (index) => scan(pick(index), phones[index] ?? phone, computer));
    expect(tally(answers)).toEqual({ "200": 1, qr_already_claimed: CONTENDERS - 1 });
  });

  it("one phone scans fifty times at once: one claim, one ticket", async () => {
    const pick = await instances(count);
    const computer = await createQr(service);
    const answers = await times(CONTENDERS, (index) => scan(pick(index), phone, computer));
    expect(tally(answers)).toEqual({ "200": CONTENDERS });
    expect(new Set(answers.map(({ body }) => body.ticket)).size).toBe(1);
  });

  it("confirm, deny and cancel at once: one answer, the others learn which, and the row is what they learned", async () => {
    const pick = await instances(count);
    const seen = new Set<unknown>();
    for (let round = 0; round < 6; round += 1) {
      const computer = await createQr(service);
      const ticket = await scan(service, phone, computer);
      let noteAnswer = () => {};
      const firstAnswer = new Promise<void>((resolve) => {
        noteAnswer = resolve;
      });
      const acts = [
        // One round is for certain the refusal's, and one is for certain not.
        async (at: TestService) => {
          if (round === 3) await firstAnswer;
          return confirm(at, phone, ticket).finally(noteAnswer);
        },
        async (at: TestService) => {
          if (round === 2) await firstAnswer;
          return deny(at, phone, ticket).finally(noteAnswer);
        },
        async (at: TestService) => {
          // It asks for less and so would always be first: in each second round it comes after an answer.
          if (round % 2 === 1) await firstAnswer;
          return cancel(at, computer);
        },
      ];
      // Each of the three is sent first in two of the rounds.
      const kinds = Array.from({ length: CONTENDERS }, (_, index) => (index + round) % 3);
      const answers = await times(CONTENDERS, (index) => {
        const act = acts[kinds[index] ?? 0];
        if (!act) throw new Error("no such act");
        return act(pick(index));
      });
      const won = [0, 1, 2].map(
        (kind) => answers.filter(({ status }, index) => kinds[index] === kind && status === 204).length,
      );
      const [confirmed = 0, denied = 0, cancelled = 0] = won;
      expect(confirmed + denied).toBeLessThanOrEqual(1);
      const losers = new Set(answers.flatMap(({ body }) => body.error ?? []));
      const state = await stateOf(computer);
      seen.add(state);
      if (state === "denied") {
        expect(won).toEqual([0, 1, 0]);
        expect(losers).toEqual(new Set(["ticket_used"]));
      } else {
        // What was approved can still be cancelled, and cancelling twice is no error.
        expect(state).toBe("cancelled");
        expect(denied).toBe(0);
        expect(cancelled).toBe(kinds.filter((kind) => kind === 2).length);
        for (const code of losers) expect(["ticket_used", "access_denied"]).toContain(code);
      }
      expect((await redeem(service, computer)).body.error).toBe("access_denied");
    }
    expect(seen.size).toBe(2);
    expect(await qrSessions()).toBe(0);
  });

  it("fifty redemptions at once: one delivery, one session; another redemption gets nothing", async () => {
    const pick = await instances(count);
    const computer = await approvedQr(service, phone);
    const answers = await times(CONTENDERS, (index) => redeem(pick(index), computer));
    expect(tally(answers)).toEqual({ "200": 1, expired_token: CONTENDERS - 1 });
    expect(answers.filter(({ body }) => body.access_token !== undefined)).toHaveLength(1);
    expect(await qrSessions()).toBe(1);
    expect((await redeem(service, computer)).body.error).toBe("expired_token");
  });

  it("redeem against cancel: tokens and a live session, or neither", async () => {
    const pick = await instances(count);
    for (let round = 0; round < 4; round += 1) {
      const before = await qrSessions();
      const computer = await approvedQr(service, phone);
      const answers = await times(20, (index) =>
        (index + round) % 2 ? redeem(pick(index), computer) : cancel(pick(index), computer),
      );
      const granted = answers.filter(({ status }) => status === 200);
      expect(granted.length).toBeLessThanOrEqual(1);
      expect(await qrSessions()).toBe(before + granted.length);
      expect(await stateOf(computer)).toBe(granted.length === 1 ? "consumed" : "cancelled");
      for (const { body } of answers)
        expect([undefined, "ticket_used", "access_denied", "expired_token"]).toContain(body.error);
    }
  });

  it("redeem against the phone's sign-out: tokens whose session lives, or no tokens and no session", async () => {
    const pick = await instances(count);
    for (let round = 0; round < 6; round += 1) {
      const leaving = await openPhone(service, "ada");
      const computer = await approvedQr(service, leaving);
      const { user, session } = (await service.container.sessions.findLive(leaving.tokens.session_id)) ?? {};
      if (!user || !session) throw new Error("the phone has no session");
      const before = await qrSessions();
      const signOut = () =>
        service.container.sessions.end({ id: session.id, userId: user.id }, "signed_out", {
          actor: "system",
        });
      const [answers] = await Promise.all([
        times(10, (index) => redeem(pick(index), computer)),
        sleep(round).then(signOut),
      ]);
      const granted = answers.filter(({ status }) => status === 200);
      expect(granted.length).toBeLessThanOrEqual(1);
      expect(await qrSessions()).toBe(before + granted.length);
      for (const { body } of granted) {
        expect((await meBy(service, computer.device, body as unknown as Tokens)).status).toBe(200);
      }
      expect((await redeem(service, computer)).status).toBe(400);
    }
  });

  it("ten polls at once: one is in time, and the slower pace stays", async () => {
    const pick = await instances(count);
    const computer = await createQr(service);
    const answers = await times(10, (index) => redeem(pick(index), computer));
    expect(tally(answers)).toEqual({ authorization_pending: 1, slow_down: 9 });
    service.clock.advance(1);
    expect((await redeem(service, computer)).body.error).toBe("slow_down");
  });
});

describe("between the redemption and the session that comes of it", () => {
  const endings: readonly [string, () => Promise<unknown>][] = [
    ["the phone signs out", () => byPhone(service, phone, "/api/auth/logout", {})],
    [
      "the password is changed",
      () => service.container.accounts.resetPassword("ada", "another password, long"),
    ],
    ["the account is closed", () => service.container.accounts.disable("ada", "may_go")],
  ];

  it.each(endings)("%s: no tokens, and no session is left", async (_name, end) => {
    const computer = await approvedQr(service, phone);
    let hasHappened = false;
    between.redemptionAndSession = async () => {
      if (hasHappened) return;
      hasHappened = true;
      await end();
    };
    const answers = [await redeem(service, computer), await redeem(service, computer)];
    expect(tally(answers)).toEqual({ access_denied: 1, expired_token: 1 });
    expect(hasHappened).toBe(true);
    expect(await qrSessions()).toBe(0);
  });

  it("the service fails: no session and no second delivery, the phone hears nothing untrue, and the next code works", async () => {
    const computer = await approvedQr(service, phone);
    between.redemptionAndSession = async () => {
      throw new Error("it ends here");
    };
    expect((await redeem(service, computer)).status).toBe(500);
    between.redemptionAndSession = async () => {};
    expect((await redeem(service, computer)).body.error).toBe("expired_token");
    expect(await qrSessions()).toBe(0);
    const claim = await byPhone(service, phone, `/api/auth/qr/${computer.qrId}`);
    expect(claim.body).toMatchObject({ status: "approved", session_id: null });
    expect((await redeem(service, await approvedQr(service, phone))).status).toBe(200);
    expect(await qrSessions()).toBe(1);
  });
});
