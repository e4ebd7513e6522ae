import { afterAll, beforeAll, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { type Answer, newDevice, PASSWORD, startService, type TestService } from "../helpers/service";
import {
  approvedQr,
  byComputer,
  byPhone,
  cancel,
  confirm,
  createQr,
  deny,
  openPhone,
  redeem,
  type SignedInPhone,
  scan,
  signedInPhone,
  statusOf,
  type WaitingComputer,
} from "../helpers/steps/qr";

/**
 * Security bar 35, 36 and 37: only the session and key that claimed a request answer it, with the ticket of that claim.
 * Others have shipped this flaw: any signed-in user could approve anybody's code.
 */
let service: TestService;
let alice: SignedInPhone;
let mallory: SignedInPhone;

beforeAll(async () => {
  service = await startService({ LIMIT_QR_CLAIMS: "100000" });
  for (const name of ["alice", "mallory"]) await service.addUser(name);
  alice = await signedInPhone(service, "alice");
  mallory = await signedInPhone(service, "mallory");
});
afterAll(() => service.close());

interface Claimed {
  readonly computer: WaitingComputer;
  readonly claim: Answer;
}

async function claimed(by = alice): Promise<Claimed> {
  const computer = await createQr(service);
  return { computer, claim: await scan(service, by, computer) };
}

/** What an outsider's act came to, and that the claimant loses nothing by it. */
async function andTheClaimantGoesOn({ computer, claim }: Claimed, tried: Answer[]): Promise<string> {
  const state = (await statusOf(service, computer)).body.status;
  const confirmed = await confirm(service, alice, claim);
  return `${toldOfAll(tried)}; still ${state}; the claimant confirms: ${told(confirmed)}`;
}

describe("a request that another phone has claimed", () => {
  attack(
    "another user scans it",
    "409 qr_already_claimed; still scanned; the claimant confirms: 204",
    async () => {
      const it = await claimed();
      return andTheClaimantGoesOn(it, [await scan(service, mallory, it.computer)]);
    },
  );

  attack(
    "another session of the same user scans it",
    "409 qr_already_claimed; still scanned; the claimant confirms: 204",
    async () => {
      const it = await claimed();
      return andTheClaimantGoesOn(it, [await scan(service, await openPhone(service, "alice"), it.computer)]);
    },
  );

  attack(
    "another user confirms and denies it with the claimant's own ticket",
    "2 × 400 invalid_ticket; still scanned; the claimant confirms: 204",
    async () => {
      const it = await claimed();
      const tried = [await confirm(service, mallory, it.claim), await deny(service, mallory, it.claim)];
      return andTheClaimantGoesOn(it, tried);
    },
  );

  attack(
    "another session of the same user answers with the claimant's ticket",
    "2 × 400 invalid_ticket; still scanned; the claimant confirms: 204",
    async () => {
      const it = await claimed();
      const other = await openPhone(service, "alice");
      return andTheClaimantGoesOn(it, [
        await confirm(service, other, it.claim),
        await deny(service, other, it.claim),
      ]);
    },
  );

  attack(
    "the claimant's stolen access token answers, proven by another key",
    "2 × 401 device_mismatch; still scanned; the claimant confirms: 204",
    async () => {
      const it = await claimed();
      const thief = { device: await newDevice(), tokens: alice.tokens };
      return andTheClaimantGoesOn(it, [
        await confirm(service, thief, it.claim),
        await deny(service, thief, it.claim),
      ]);
    },
  );

  attack(
    "the claimant's stolen access token and ticket answer without any proof",
    "401 invalid_dpop_proof, 401 invalid_token; still scanned; the claimant confirms: 204",
    async () => {
      const it = await claimed();
      const json = { ticket: it.claim.body.ticket };
      const send = (scheme: string) =>
        service.call("/api/auth/qr/confirm", {
          headers: { authorization: `${scheme} ${alice.tokens.access_token}` },
          json,
        });
      return andTheClaimantGoesOn(it, [await send("Bearer"), await send("DPoP")]);
    },
  );

  attack("another user asks what became of it", "404 qr_not_found", async () => {
    const { computer } = await claimed();
    return told(await byPhone(service, mallory, `/api/auth/qr/${computer.qrId}`));
  });

  attack(
    "another user gives it another minute",
    "400 invalid_ticket; still scanned; the claimant confirms: 204",
    async () => {
      const it = await claimed();
      const json = { ticket: it.claim.body.ticket };
      return andTheClaimantGoesOn(it, [await byPhone(service, mallory, "/api/auth/qr/extend", json)]);
    },
  );
});

describe("a request that nobody has claimed", () => {
  attack(
    "any signed-in user approves it, by id, by typed code, by device_code, by a ticket of another request",
    "7 × 400 invalid_ticket; still pending",
    async () => {
      const computer = await createQr(service);
      const { claim } = await claimed(mallory);
      const mac = String(claim.body.ticket).split(".")[2];
      const tickets = [
        computer.qrId,
        computer.userCode,
        computer.deviceCode,
        claim.body.ticket === undefined ? "" : `${computer.qrId}.1.${mac}`,
        `${computer.qrId}.0.${mac}`,
        `${computer.qrId}.1.`,
        `${computer.qrId}.1`,
      ];
      const answers = await Promise.all(
        tickets.map((ticket) => byPhone(service, mallory, "/api/auth/qr/confirm", { ticket })),
      );
      return `${toldOfAll(answers)}; still ${(await statusOf(service, computer)).body.status}`;
    },
  );

  attack("a session without a key of its own scans it", "403 forbidden; still pending", async () => {
    const computer = await createQr(service);
    const { access_token } = await service.signIn("mallory", undefined, PASSWORD);
    const answer = await service.call("/api/auth/qr/scan", {
      headers: { authorization: `Bearer ${access_token}` },
      json: { qr_id: computer.qrId },
    });
    return `${told(answer)}; still ${(await statusOf(service, computer)).body.status}`;
  });

  attack("nobody at all scans it", "401 invalid_token; still pending", async () => {
    const computer = await createQr(service);
    const answer = await byComputer(service, await newDevice(), "/api/auth/qr/scan", {
      qr_id: computer.qrId,
    });
    return `${told(answer)}; still ${(await statusOf(service, computer)).body.status}`;
  });
});

describe("tickets, swapped and used again", () => {
  attack(
    "the ticket of one request answers another one of the same phone",
    "400 invalid_ticket; both still scanned",
    async () => {
      const [one, two] = [await claimed(), await claimed()];
      const [, number, mac] = String(one.claim.body.ticket).split(".");
      const ticket = [two.computer.qrId, number, mac].join(".");
      const answer = await byPhone(service, alice, "/api/auth/qr/confirm", { ticket });
      const states = await Promise.all([one, two].map(({ computer }) => statusOf(service, computer)));
      const both = states.every(({ body }) => body.status === "scanned") ? "both still scanned" : "changed";
      return `${told(answer)}; ${both}`;
    },
  );

  attack(
    "the ticket with another number",
    "4 × 400 invalid_ticket; still scanned; the claimant confirms: 204",
    async () => {
      const it = await claimed();
      const [id, , mac] = String(it.claim.body.ticket).split(".");
      const tickets = ["0", "2", "01", "1.1"].map((number) => `${id}.${number}.${mac}`);
      const answers = await Promise.all(
        tickets.map((ticket) => byPhone(service, alice, "/api/auth/qr/confirm", { ticket })),
      );
      return andTheClaimantGoesOn(it, answers);
    },
  );

  attack(
    "every character of the ticket, changed",
    "all refused as 400 invalid_ticket; still scanned; the claimant confirms: 204",
    async () => {
      const it = await claimed();
      const ticket = String(it.claim.body.ticket);
      const flipped = [...ticket].map(
        (letter, at) => `${ticket.slice(0, at)}${letter === "A" ? "B" : "A"}${ticket.slice(at + 1)}`,
      );
      const answers = await Promise.all(
        flipped.map((text) => byPhone(service, alice, "/api/auth/qr/confirm", { ticket: text })),
      );
      const codes = new Set(answers.map(told));
      const outcome = `all refused as ${[...codes].join(", ")}`;
      return `${outcome}; ${(await andTheClaimantGoesOn(it, [])).slice(2)}`;
    },
  );

  attack(
    "a ticket that was used confirms, denies and extends again",
    "204, then 3 × 409 ticket_used; still approved",
    async () => {
      const { computer, claim } = await claimed();
      const first = await confirm(service, alice, claim);
      const json = { ticket: claim.body.ticket };
      const again = [
        await confirm(service, alice, claim),
        await deny(service, alice, claim),
        await byPhone(service, alice, "/api/auth/qr/extend", json),
      ];
      return `${told(first)}, then ${toldOfAll(again)}; still ${(await statusOf(service, computer)).body.status}`;
    },
  );

  attack(
    "the ticket redeems, watches and opens what belongs to others",
    "400 invalid_grant, 401 invalid_token, 401 invalid_token",
    async () => {
      const { computer, claim } = await claimed();
      const ticket = String(claim.body.ticket);
      const path = "/api/auth/qr/token";
      const redeemed = await byComputer(service, computer.device, path, {
        device_code: ticket.slice(0, 128),
      });
      const watched = await service.call(`/api/auth/qr/${computer.qrId}/events`, {
        headers: { authorization: `Watch ${ticket}` },
      });
      const opened = await service.call("/api/auth/me", { headers: { authorization: `Bearer ${ticket}` } });
      return [redeemed, watched, opened].map(told).join(", ");
    },
  );
});

describe("after the answer", () => {
  attack(
    "the phone denies what it has approved",
    "409 ticket_used; the computer is signed in: 200",
    async () => {
      const { computer, claim } = await claimed();
      await confirm(service, alice, claim);
      const denied = await deny(service, alice, claim);
      return `${told(denied)}; the computer is signed in: ${told(await redeem(service, computer))}`;
    },
  );

  attack(
    "a scan of a request that was cancelled, denied, approved by another, redeemed",
    "400 access_denied, 409 qr_already_claimed, 409 qr_already_claimed, 409 qr_already_claimed",
    async () => {
      const cancelled = await createQr(service);
      await cancel(service, cancelled);
      const denied = await claimed();
      await deny(service, alice, denied.claim);
      const approved = await approvedQr(service, alice);
      const redeemed = await approvedQr(service, alice);
      await redeem(service, redeemed);
      const answers = [];
      for (const computer of [cancelled, denied.computer, approved, redeemed])
        answers.push(told(await scan(service, mallory, computer)));
      return answers.join(", ");
    },
  );
});
