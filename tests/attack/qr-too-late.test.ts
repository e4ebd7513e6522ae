import { afterAll, beforeAll, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { startService, type TestService } from "../helpers/service";
import {
  approvedQr,
  byPhone,
  cancel,
  confirm,
  createQr,
  deny,
  enterCode,
  openPhone,
  redeem,
  type SignedInPhone,
  scan,
  statusOf,
} from "../helpers/steps/qr";

/** Security bar 41 and the life of tickets in 37: time is looked at in each step, the last one included. */
const LIFETIME_IN_SECONDS = 120;
const TICKET_LIFETIME_IN_SECONDS = 60;

let service: TestService;
let phone: SignedInPhone;

beforeAll(async () => {
  service = await startService({
    LIMIT_QR_CLAIMS: "100000",
    LIMIT_LIVE_QR_CODES: "100000",
    ACCESS_TOKEN_LIFETIME: "3600",
  });
  await service.addUser("alice");
  phone = await openPhone(service, "alice");
});
afterAll(() => service.close());

const elsewhere = { address: "198.51.100.7" };

describe("a request of which the time is over", () => {
  attack("is scanned, by id and by typed code", "2 × 400 expired_token", async () => {
    const computer = await createQr(service);
    service.clock.advance(LIFETIME_IN_SECONDS);
    return toldOfAll([
      await scan(service, phone, computer),
      await byPhone(service, phone, "/api/auth/qr/scan", { user_code: computer.userCode }),
    ]);
  });

  attack(
    "is confirmed, denied and extended with a ticket that would still live",
    "3 × 400 expired_token; 400 expired_token",
    async () => {
      const computer = await createQr(service);
      service.clock.advance(LIFETIME_IN_SECONDS - 10);
      const claim = await scan(service, phone, computer);
      service.clock.advance(10);
      const answers = [
        await confirm(service, phone, claim),
        await deny(service, phone, claim),
        await byPhone(service, phone, "/api/auth/qr/extend", { ticket: claim.body.ticket }),
      ];
      return `${toldOfAll(answers)}; ${told(await redeem(service, computer))}`;
    },
  );

  attack("gets its six digits", "400 expired_token, then 400 expired_token", async () => {
    const computer = await createQr(service);
    service.clock.advance(LIFETIME_IN_SECONDS - 10);
    const claim = await scan(service, phone, computer, elsewhere);
    service.clock.advance(10);
    const entered = await enterCode(service, computer, claim.body.code);
    return `${told(entered)}, then ${told(await confirm(service, phone, claim))}`;
  });

  attack("is redeemed, though it was approved in time", "400 expired_token; status expired", async () => {
    const computer = await approvedQr(service, phone);
    service.clock.advance(LIFETIME_IN_SECONDS);
    const answer = told(await redeem(service, computer));
    return `${answer}; status ${(await statusOf(service, computer)).body.status}`;
  });

  attack("is cancelled", "400 expired_token", async () => {
    const computer = await createQr(service);
    service.clock.advance(LIFETIME_IN_SECONDS);
    return told(await cancel(service, computer));
  });

  attack(
    "is kept alive for longer than one more minute by extending it again and again",
    "200, then 400 invalid_request; expired after three minutes",
    async () => {
      const computer = await createQr(service);
      const claim = await scan(service, phone, computer);
      const extend = () => byPhone(service, phone, "/api/auth/qr/extend", { ticket: claim.body.ticket });
      const first = told(await extend());
      const second = told(await extend());
      service.clock.advance(LIFETIME_IN_SECONDS + 60);
      const state = (await statusOf(service, computer)).body.status;
      return `${first}, then ${second}; ${state} after three minutes`;
    },
  );

  attack("one second before its end: it is no attack, and all steps work", "200, 204, 200", async () => {
    const computer = await createQr(service);
    service.clock.advance(LIFETIME_IN_SECONDS - 2);
    const claim = await scan(service, phone, computer);
    const confirmed = await confirm(service, phone, claim);
    return [claim, confirmed, await redeem(service, computer)].map(told).join(", ");
  });
});

describe("a ticket of which the time is over", () => {
  attack(
    "confirms, denies and extends; the claimant scans again and gets the next one",
    "3 × 400 invalid_ticket; the next ticket confirms: 204; the old one: 409 ticket_used",
    async () => {
      const computer = await createQr(service);
      const old = await scan(service, phone, computer);
      service.clock.advance(TICKET_LIFETIME_IN_SECONDS);
      const answers = [
        await confirm(service, phone, old),
        await deny(service, phone, old),
        await byPhone(service, phone, "/api/auth/qr/extend", { ticket: old.body.ticket }),
      ];
      const next = await scan(service, phone, computer);
      const late = told(await confirm(service, phone, next));
      const again = told(await confirm(service, phone, old));
      return `${toldOfAll(answers)}; the next ticket confirms: ${late}; the old one: ${again}`;
    },
  );

  attack(
    "is revived by scanning again: the old one stays dead while the new one lives",
    "another ticket; the old one 400 invalid_ticket",
    async () => {
      const computer = await createQr(service);
      const old = await scan(service, phone, computer);
      service.clock.advance(TICKET_LIFETIME_IN_SECONDS);
      const next = await scan(service, phone, computer);
      const isOther = next.body.ticket !== old.body.ticket ? "another ticket" : "the same ticket";
      return `${isOther}; the old one ${told(await confirm(service, phone, old))}`;
    },
  );

  attack("is said to live for 60 seconds, and lives for 59", "60 seconds; after 59: 204", async () => {
    const computer = await createQr(service);
    const claim = await scan(service, phone, computer);
    service.clock.advance(TICKET_LIFETIME_IN_SECONDS - 1);
    return `${claim.body.expires_in} seconds; after 59: ${told(await confirm(service, phone, claim))}`;
  });
});
