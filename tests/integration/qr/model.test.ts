import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, newDevice, startService, type TestService, type Tokens } from "../../helpers/service";
import {
  byComputer,
  byPhone,
  cancel,
  createQr,
  enterCode,
  meBy,
  openPhone,
  redeem,
  type SignedInPhone,
  scan,
  statusOf,
  type WaitingComputer,
} from "../../helpers/steps/qr";

/**
 * Security bar 34 against the real service: any sequence of acts by two phones, two computers and the clock. What each
 * act must be answered, and the state of the row after it, come from a model that was written from the wire protocol.
 */
const NETWORKS = { near: "192.0.2.1", far: "198.51.100.7" } as const;
type Network = keyof typeof NETWORKS;

/** What the model knows of one request. Times in seconds of its own clock. */
interface Request {
  readonly owner: number;
  readonly computer: WaitingComputer;
  status: "pending" | "scanned" | "approved" | "consumed" | "denied" | "cancelled";
  endsAt: number;
  claim?: Claim;
}

interface Claim {
  /** Of a phone's session: it may sign out and come back as another. */
  readonly session: string;
  readonly confirmation: "tap" | "code";
  readonly code: unknown;
  hasEntered: boolean;
  wasExtended: boolean;
  tickets: { readonly text: unknown; readonly endsAt: number }[];
}

interface World {
  readonly phones: SignedInPhone[];
  readonly computers: WaitingComputer["device"][];
  readonly requests: Request[];
}

type Act =
  | { readonly do: "create"; readonly computer: number }
  | { readonly do: "scan"; readonly phone: number; readonly at: number; readonly from: Network }
  | {
      readonly do: "confirm" | "deny" | "extend";
      readonly phone: number;
      readonly at: number;
      readonly ticket: number;
    }
  | { readonly do: "code"; readonly computer: number; readonly at: number; readonly isRight: boolean }
  | { readonly do: "cancel" | "redeem"; readonly computer: number; readonly at: number }
  | { readonly do: "sign out"; readonly phone: number }
  | { readonly do: "wait"; readonly seconds: number };

// Mostly the first phone, the first computer and the latest request: a whole sign-in should come of it now and then.
const two = fc.constantFrom(0, 0, 0, 1);
const at = fc.constantFrom(0, 0, 0, 0, 1, 2);
const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant("create" as const), computer: two }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("scan" as const),
      phone: two,
      at,
      from: fc.constantFrom<Network>("near", "near", "far"),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("confirm" as const, "confirm" as const, "deny" as const, "extend" as const),
      phone: two,
      at,
      ticket: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("code" as const), computer: two, at, isRight: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("cancel" as const, "redeem" as const, "redeem" as const),
      computer: two,
      at,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("sign out" as const), phone: two }) },
  // No sum of these comes within a second of a life of 60, 120 or 180.
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.constantFrom(7, 14, 35, 63) }),
  },
);

let service: TestService;
let nowInMs: number;
const now = () => nowInMs / 1000;

beforeAll(async () => {
  service = await startService({
    LIMIT_QR_CODES: "1000000",
    LIMIT_LIVE_QR_CODES: "1000000",
    LIMIT_QR_CLAIMS: "1000000",
    LIMIT_WRONG_MATCH_CODES: "1000000",
    ACCESS_TOKEN_LIFETIME: "3600",
  });
  for (const name of ["ada", "ben"]) await service.addUser(name);
  // It moves only by the waits: what the model expects does not depend on how busy the machine is.
  service.clock.advance(1);
  nowInMs = service.clock.now().getTime();
  service.clock.now = () => new Date(nowInMs);
});
afterAll(() => service.close());

const stateOf = ({ status, endsAt }: Request) =>
  endsAt <= now() && ["pending", "scanned", "approved"].includes(status) ? "expired" : status;
const refusal = (code: string) => ({ error: code });
type Expected = { readonly error: string } | "done";

/** What an act must come to, and the change of the model when it is done. */
function expectedOf(act: Act, world: World, request: Request): [Expected, (answer: Answer) => void] {
  const nothing = () => undefined;
  const state = stateOf(request);
  const { claim } = request;
  switch (act.do) {
    case "scan": {
      const isClaimant = claim?.session === world.phones[act.phone]?.tokens.session_id;
      if (state === "expired") return [refusal("expired_token"), nothing];
      if (state === "cancelled") return [refusal("access_denied"), nothing];
      if (state === "pending")
        return ["done", (answer) => claimIt(request, act.from, world, act.phone, answer)];
      if (!isClaimant) return [refusal("qr_already_claimed"), nothing];
      if (state !== "scanned") return [refusal("ticket_used"), nothing];
      return ["done", (answer) => claimAgain(claim, answer)];
    }
    case "confirm":
    case "deny":
    case "extend": {
      const ticket = claim?.tickets.at(-1 - act.ticket);
      const isClaimant = claim?.session === world.phones[act.phone]?.tokens.session_id;
      if (!claim || !ticket || !isClaimant) return [refusal("invalid_ticket"), nothing];
      if (state === "expired") return [refusal("expired_token"), nothing];
      if (state === "cancelled") return [refusal("access_denied"), nothing];
      if (state !== "scanned") return [refusal("ticket_used"), nothing];
      if (act.ticket > 0 || ticket.endsAt <= now()) return [refusal("invalid_ticket"), nothing];
      return answerOf(act.do, request, claim);
    }
    case "code": {
      if (act.computer !== request.owner) return [refusal("device_mismatch"), nothing];
      if (state === "scanned" && claim?.confirmation === "code") {
        if (!act.isRight) return [refusal("code_mismatch"), nothing];
        return [
          "done",
          () => {
            claim.hasEntered = true;
          },
        ];
      }
      const codes: Partial<Record<string, string>> = { cancelled: "access_denied", expired: "expired_token" };
      return [refusal(codes[state] ?? "invalid_request"), nothing];
    }
    case "cancel": {
      if (act.computer !== request.owner) return [refusal("device_mismatch"), nothing];
      if (state === "expired") return [refusal("expired_token"), nothing];
      if (state === "consumed" || state === "denied") return [refusal("ticket_used"), nothing];
      return ["done", () => set(request, "cancelled")];
    }
    case "redeem": {
      if (act.computer !== request.owner) return [refusal("device_mismatch"), nothing];
      if (state === "approved") return ["done", () => set(request, "consumed")];
      if (state === "denied" || state === "cancelled") return [refusal("access_denied"), nothing];
      return [refusal(state === "pending" || state === "scanned" ? "poll" : "expired_token"), nothing];
    }
    default:
      throw new Error(`${act.do} concerns no request`);
  }
}

function answerOf(
  act: "confirm" | "deny" | "extend",
  request: Request,
  claim: Claim,
): [Expected, () => void] {
  if (act === "extend") {
    if (claim.wasExtended) return [refusal("invalid_request"), () => undefined];
    return [
      "done",
      () => {
        claim.wasExtended = true;
        request.endsAt += 60;
      },
    ];
  }
  if (act === "confirm" && claim.confirmation === "code" && !claim.hasEntered)
    return [refusal("code_required"), () => undefined];
  return ["done", () => set(request, act === "confirm" ? "approved" : "denied")];
}

function set(request: Request, status: Request["status"]): void {
  request.status = status;
}

function claimIt(request: Request, from: Network, world: World, phone: number, { body }: Answer): void {
  const confirmation = from === "near" ? "tap" : "code";
  expect(body.confirmation).toBe(confirmation);
  expect(typeof body.code).toBe(confirmation === "code" ? "string" : "undefined");
  request.status = "scanned";
  request.claim = {
    session: world.phones[phone]?.tokens.session_id ?? "",
    confirmation,
    code: body.code,
    hasEntered: false,
    wasExtended: false,
    tickets: [{ text: body.ticket, endsAt: now() + 60 }],
  };
}

function claimAgain(claim: Claim | undefined, { body }: Answer): void {
  const last = claim?.tickets.at(-1);
  expect(body).toMatchObject({ confirmation: claim?.confirmation });
  expect(body.code).toBe(claim?.code);
  if (last && last.endsAt > now()) expect(body.ticket).toBe(last.text);
  else {
    expect(claim?.tickets.map(({ text }) => text)).not.toContain(body.ticket);
    claim?.tickets.push({ text: body.ticket, endsAt: now() + 60 });
  }
}

/** Does it. The computer that acts may be another one than that which asked. */
async function send(act: Act, world: World, request: Request): Promise<Answer> {
  switch (act.do) {
    case "scan": {
      const phone = requireAt(world.phones, act.phone);
      return scan(service, phone, request.computer, { address: NETWORKS[act.from] });
    }
    case "confirm":
    case "deny":
    case "extend": {
      const json = {
        ticket: request.claim?.tickets.at(-1 - act.ticket)?.text ?? `${request.computer.qrId}.1.x`,
      };
      return byPhone(service, requireAt(world.phones, act.phone), `/api/auth/qr/${act.do}`, json);
    }
    case "code": {
      const code = act.isRight ? (request.claim?.code ?? "000000") : "no code";
      return enterCode(service, asBy(act.computer, world, request), code);
    }
    case "cancel":
      return cancel(service, asBy(act.computer, world, request));
    case "redeem":
      return redeem(service, asBy(act.computer, world, request));
    default:
      throw new Error(`${act.do} concerns no request`);
  }
}

const asBy = (computer: number, world: World, request: Request): WaitingComputer => ({
  ...request.computer,
  device: requireAt(world.computers, computer),
});

function requireAt<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error("there is none");
  return item;
}

async function apply(act: Act, world: World): Promise<void> {
  if (act.do === "wait") nowInMs += act.seconds * 1000;
  else if (act.do === "create") {
    const computer = await createQr(service, { device: requireAt(world.computers, act.computer) });
    expect(computer.created.status).toBe(201);
    world.requests.push({ owner: act.computer, computer, status: "pending", endsAt: now() + 120 });
  } else if (act.do === "sign out") {
    const leaving = requireAt(world.phones, act.phone);
    expect((await byPhone(service, leaving, "/api/auth/logout", {})).status).toBe(204);
    for (const request of world.requests) {
      const isOpen = ["scanned", "approved"].includes(stateOf(request));
      if (isOpen && request.claim?.session === leaving.tokens.session_id) request.status = "denied";
    }
    world.phones[act.phone] = await openPhone(service, act.phone === 0 ? "ada" : "ben");
  } else {
    const request = world.requests.at(-1 - act.at);
    if (!request) return;
    const [expected, change] = expectedOf(act, world, request);
    const answer = await send(act, world, request);
    const outcome: Expected = answer.status < 300 ? "done" : refusal(codeOf(answer));
    expect(outcome).toEqual(expected);
    if (outcome !== "done") return;
    change(answer);
    if (act.do === "redeem") await checkTokens(answer, world, request);
  }
}

/** How fast it polls is another test's matter. */
function codeOf({ body }: Answer): string {
  const code = String(body.error);
  return code === "authorization_pending" || code === "slow_down" ? "poll" : code;
}

/** The tokens are the claimant's, for the computer's key; and the session says who approved it. */
async function checkTokens({ body }: Answer, world: World, request: Request): Promise<void> {
  const tokens = body as unknown as Tokens;
  const me = await meBy(service, request.computer.device, tokens);
  const phone = world.phones.findIndex(({ tokens: { session_id } }) => session_id === request.claim?.session);
  expect(me.body).toMatchObject({
    user: { username: phone === 0 ? "ada" : "ben" },
    session: { id: tokens.session_id, method: "qr" },
  });
}

describe("any sequence of acts by two phones, two computers and the clock", () => {
  const run = async (sequence: readonly Act[]) => {
    const world: World = {
      phones: [await openPhone(service, "ada"), await openPhone(service, "ben")],
      computers: [await newDevice(), await newDevice()],
      requests: [],
    };
    for (const act of [{ do: "create", computer: 0 } as const, ...sequence]) {
      await apply(act, world);
      for (const request of world.requests.slice(-3)) {
        const { body } = await statusOf(service, request.computer);
        const { claim } = request;
        expect(body).toMatchObject({
          status: stateOf(request),
          confirmation: claim?.confirmation ?? null,
          code_entered: claim?.hasEntered ?? false,
        });
      }
    }
  };

  it("is answered, and leaves the rows, as the table says", { timeout: 120_000 }, async () => {
    const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
    const numRuns = Number(process.env.FUZZ_RUNS ?? 60);
    process.stdout.write(`model: FUZZ_SEED=${seed} FUZZ_RUNS=${numRuns}\n`);
    const sequences = fc.array(acts, { minLength: 5, maxLength: 40, size: "max" });
    await fc.assert(fc.asyncProperty(sequences, run), { seed, numRuns });
  });

  it("and with the computer's own acts unproven or by a stranger, nothing moves", async () => {
    const [owner, stranger] = [await newDevice(), await newDevice()];
    const computer = await createQr(service, { device: owner });
    for (const path of ["status", "token", "cancel", "code"].map((act) => `/api/auth/qr/${act}`)) {
      const json = { device_code: computer.deviceCode, code: "000000" };
      expect((await byComputer(service, stranger, path, json)).body.error).toBe("device_mismatch");
      expect((await service.call(path, { json })).body.error).toBe("invalid_dpop_proof");
    }
    expect((await statusOf(service, computer)).body.status).toBe("pending");
  });
});
