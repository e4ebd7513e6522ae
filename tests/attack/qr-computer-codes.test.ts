import { afterAll, beforeAll, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import {
  APP_URL,
  bearer,
  boundHeaders,
  newDevice,
  startService,
  type TestService,
  type Tokens,
} from "../helpers/service";
import {
  approvedQr,
  byComputer,
  byPhone,
  createQr,
  meBy,
  redeem,
  type SignedInPhone,
  scan,
  signedInPhone,
  statusOf,
  type WaitingComputer,
} from "../helpers/steps/qr";

/** Security bar 33, 39 and 40: what is in the code, what the computer holds, and who can use which of it. */
let service: TestService;
let phone: SignedInPhone;
let stranger: SignedInPhone;

beforeAll(async () => {
  service = await startService({ LIMIT_QR_CLAIMS: "100000", LIMIT_WRONG_MATCH_CODES: "100000" });
  for (const name of ["alice", "mallory"]) await service.addUser(name);
  phone = await signedInPhone(service, "alice");
  stranger = await signedInPhone(service, "mallory");
});
afterAll(() => service.close());

const computersActs = ["status", "token", "cancel", "code"] as const;
const actWith = async (
  act: (typeof computersActs)[number],
  deviceCode: string,
  device: WaitingComputer["device"],
) => byComputer(service, device, `/api/auth/qr/${act}`, { device_code: deviceCode, code: "000000" });
const stateOf = async (computer: WaitingComputer) => (await statusOf(service, computer)).body.status;

describe("what the code holds", () => {
  attack(
    "someone who photographs the code reads it",
    "an address of 58 characters or fewer with the id, and none of the secrets",
    async () => {
      const { created, qrId, deviceCode, userCode, watchToken } = await createQr(service);
      const held = String(created.body.verification_uri_complete);
      const isAddressAndId = held === `${APP_URL}/q/${qrId}` && held.length <= 58;
      const secrets = [deviceCode, userCode, userCode.replace("-", ""), watchToken];
      const hasSecret = secrets.some((secret) => held.includes(secret));
      return `${isAddressAndId ? "an address of 58 characters or fewer with the id" : held}, and ${hasSecret ? "a secret" : "none of the secrets"}`;
    },
  );

  attack(
    "the id alone polls, redeems, cancels, enters digits, watches",
    "404 qr_not_found, 400 invalid_grant, 2 × 404 qr_not_found, 401 invalid_token; still pending",
    async () => {
      const computer = await createQr(service);
      const device = await newDevice();
      const answers = [];
      for (const act of computersActs) answers.push(await actWith(act, computer.qrId, device));
      const path = `/api/auth/qr/${computer.qrId}/events`;
      const watched = await service.call(path);
      const sequence = [
        told(answers[0] ?? watched),
        told(answers[1] ?? watched),
        toldOfAll(answers.slice(2)),
      ];
      return `${sequence.join(", ")}, ${told(watched)}; still ${await stateOf(computer)}`;
    },
  );

  attack("the id alone tells a signed-in stranger about the request", "404 qr_not_found", async () => {
    const { qrId } = await createQr(service);
    return told(await byPhone(service, stranger, `/api/auth/qr/${qrId}`));
  });

  attack("ids next to a real one are tried", "all 404 qr_not_found", async () => {
    const { qrId } = await createQr(service);
    const near = Array.from({ length: 20 }, (_, at) => `${qrId.slice(0, at)}A${qrId.slice(at + 1)}`);
    const ids = near.filter((id) => id !== qrId);
    const answers = await Promise.all(
      ids.map((qr_id) => byPhone(service, phone, "/api/auth/qr/scan", { qr_id })),
    );
    return `all ${[...new Set(answers.map(told))].join(", ")}`;
  });
});

describe("the device_code in other hands", () => {
  attack(
    "another key polls, redeems, cancels and enters digits, while it waits",
    "4 × 401 device_mismatch; still pending",
    async () => {
      const computer = await createQr(service);
      const device = await newDevice();
      const answers = await Promise.all(
        computersActs.map((act) => actWith(act, computer.deviceCode, device)),
      );
      return `${toldOfAll(answers)}; still ${await stateOf(computer)}`;
    },
  );

  attack(
    "another key redeems, when it is approved; then the computer does",
    "401 device_mismatch; the computer 200",
    async () => {
      const computer = await approvedQr(service, phone);
      const stolen = await actWith("token", computer.deviceCode, await newDevice());
      return `${told(stolen)}; the computer ${told(await redeem(service, computer))}`;
    },
  );

  attack("it is used without any proof", "4 × 401 invalid_dpop_proof; the computer 200", async () => {
    const computer = await approvedQr(service, phone);
    const answers = await Promise.all(
      computersActs.map((act) =>
        service.call(`/api/auth/qr/${act}`, {
          json: { device_code: computer.deviceCode, code: "000000" },
        }),
      ),
    );
    return `${toldOfAll(answers)}; the computer ${told(await redeem(service, computer))}`;
  });

  attack("a code is asked for without a proof", "401 invalid_dpop_proof", async () =>
    told(await service.call("/api/auth/qr", { json: {} })),
  );

  attack(
    "the computer's proof of one request is sent with another one's code",
    "401 device_mismatch; still pending",
    async () => {
      const [one, two] = [await createQr(service), await createQr(service)];
      const answer = await actWith("cancel", two.deviceCode, one.device);
      return `${told(answer)}; still ${await stateOf(two)}`;
    },
  );
});

describe("the watch token", () => {
  attack(
    "polls, redeems, cancels, enters digits as the device_code, by the computer's own key",
    "404 qr_not_found, 400 invalid_grant, 404 qr_not_found, 404 qr_not_found",
    async () => {
      const computer = await createQr(service);
      const answers = [];
      for (const act of computersActs)
        answers.push(told(await actWith(act, computer.watchToken, computer.device)));
      return answers.join(", ");
    },
  );

  attack("opens protected addresses, as Watch, Bearer and DPoP", "3 × 401 invalid_token", async () => {
    const { watchToken, device } = await createQr(service);
    const answers = [
      await service.call("/api/auth/me", { headers: { authorization: `Watch ${watchToken}` } }),
      await service.call("/api/auth/me", { headers: bearer(watchToken) }),
      await service.call("/api/auth/me", {
        headers: await boundHeaders(device, "GET", "/api/auth/me", watchToken, service.clock),
      }),
    ];
    return toldOfAll(answers);
  });

  attack(
    "watches another request, or this one as Bearer",
    "404 qr_not_found, 401 invalid_token",
    async () => {
      const [mine, other] = [await createQr(service), await createQr(service)];
      const watch = (qrId: string, authorization: string) =>
        service.call(`/api/auth/qr/${qrId}/events`, { headers: { authorization } });
      const elsewhere = await watch(other.qrId, `Watch ${mine.watchToken}`);
      return `${told(elsewhere)}, ${told(await watch(mine.qrId, `Bearer ${mine.watchToken}`))}`;
    },
  );

  attack("the device_code watches", "404 qr_not_found", async () => {
    const { qrId, deviceCode } = await createQr(service);
    const headers = { authorization: `Watch ${deviceCode}` };
    return told(await service.call(`/api/auth/qr/${qrId}/events`, { headers }));
  });
});

describe("the tokens that come out", () => {
  attack(
    "are redeemed a second and third time by the computer itself",
    "200, then 2 × 400 expired_token",
    async () => {
      const computer = await approvedQr(service, phone);
      const first = await redeem(service, computer);
      const again = [await redeem(service, computer), await redeem(service, computer)];
      return `${told(first)}, then ${toldOfAll(again)}`;
    },
  );

  attack(
    "are used with the phone's key, a new key, and as plain Bearer; then by the computer",
    "2 × 401 device_mismatch, 401 invalid_token; the computer 200",
    async () => {
      const computer = await approvedQr(service, phone);
      const tokens = (await redeem(service, computer)).body as unknown as Tokens;
      const answers = [
        await meBy(service, phone.device, tokens),
        await meBy(service, await newDevice(), tokens),
        await service.call("/api/auth/me", { headers: bearer(tokens.access_token) }),
      ];
      return `${toldOfAll(answers)}; the computer ${told(await meBy(service, computer.device, tokens))}`;
    },
  );

  attack(
    "the refresh token is used with the phone's key",
    "401 device_mismatch; the computer's session ends: 401 session_revoked; the phone's lives: 200",
    async () => {
      const computer = await approvedQr(service, phone);
      const tokens = (await redeem(service, computer)).body as unknown as Tokens;
      const stolen = await byComputer(service, phone.device, "/api/auth/refresh-token", {
        refresh_token: tokens.refresh_token,
      });
      const computers = told(await meBy(service, computer.device, tokens));
      const phones = told(await byPhone(service, phone, "/api/auth/me"));
      return `${told(stolen)}; the computer's session ends: ${computers}; the phone's lives: ${phones}`;
    },
  );

  attack("reach the phone, or anyone else who scans", "in no answer to the phone", async () => {
    const computer = await createQr(service);
    const claim = await scan(service, phone, computer);
    const json = { ticket: claim.body.ticket };
    const answers = [claim, await byPhone(service, phone, "/api/auth/qr/confirm", json)];
    const tokens = (await redeem(service, computer)).body as unknown as Tokens;
    answers.push(await byPhone(service, phone, `/api/auth/qr/${computer.qrId}`));
    const told = JSON.stringify(answers.map(({ body }) => body));
    const secrets = [tokens.access_token, tokens.refresh_token, computer.deviceCode, computer.watchToken];
    return secrets.some((secret) => told.includes(secret)) ? "in an answer" : "in no answer to the phone";
  });
});
