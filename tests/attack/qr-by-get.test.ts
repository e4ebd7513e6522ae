import { afterAll, beforeAll, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { boundHeaders, makeProof, startService, type TestService, type Tokens } from "../helpers/service";
import {
  byPhone,
  confirm,
  createQr,
  meBy,
  openPhone,
  redeem,
  type SignedInPhone,
  scan,
  statusOf,
  type WaitingComputer,
} from "../helpers/steps/qr";

/** Security bar 38 and 16: nothing is approved by opening an address, and no secret is read from one. */
let service: TestService;
let phone: SignedInPhone;

beforeAll(async () => {
  service = await startService({ LIMIT_QR_CLAIMS: "100000" });
  await service.addUser("alice");
  phone = await openPhone(service, "alice");
});
afterAll(() => service.close());

const stateOf = async (computer: WaitingComputer) => (await statusOf(service, computer)).body.status;

/** A call by the phone with any method, with all that a good one carries. */
async function byPhoneWith(method: string, path: string, json?: unknown) {
  const bound = await boundHeaders(phone.device, method, path, phone.tokens.access_token, service.clock);
  return service.call(path, { method, headers: bound, ...(json === undefined ? {} : { json }) });
}

describe("by opening an address", () => {
  attack(
    "each act of the phone by GET and HEAD, with token, proof and ticket in the query",
    "8 × 405; still scanned",
    async () => {
      const computer = await createQr(service);
      const { ticket } = (await scan(service, phone, computer)).body;
      const answers = [];
      for (const act of ["scan", "confirm", "deny", "extend"]) {
        const path = `/api/auth/qr/${act}?qr_id=${computer.qrId}&ticket=${ticket}`;
        for (const method of ["GET", "HEAD"]) answers.push(String((await byPhoneWith(method, path)).status));
      }
      return `${answers.length} × ${[...new Set(answers)].join()}; still ${await stateOf(computer)}`;
    },
  );

  attack("the typed face's acts by GET", "9 × 405 method_not_allowed; still scanned", async () => {
    const computer = await createQr(service);
    const { ticket } = (await scan(service, phone, computer)).body;
    const input = { ticket, qr_id: computer.qrId, device_code: computer.deviceCode, code: "000000" };
    const answers = [];
    for (const name of [
      "create",
      "status",
      "redeem",
      "cancel",
      "enterCode",
      "scan",
      "confirm",
      "deny",
      "extend",
    ]) {
      const path = `/api/trpc/qr.${name}?input=${encodeURIComponent(JSON.stringify(input))}`;
      answers.push(await byPhoneWith("GET", path));
    }
    return `${toldOfAll(answers)}; still ${await stateOf(computer)}`;
  });

  attack("what may be read by GET changes nothing", "200 scanned, 200 scanned; still scanned", async () => {
    const computer = await createQr(service);
    await scan(service, phone, computer);
    const path = `/api/auth/qr/${computer.qrId}`;
    const answers = [await byPhone(service, phone, path), await byPhone(service, phone, path)];
    return `${answers.map((answer) => `${told(answer)} ${answer.body.status}`).join(", ")}; still ${await stateOf(computer)}`;
  });
});

describe("from another site", () => {
  attack(
    "a page of the attacker's sends each act, by form and by script, with all credentials",
    "16 × 403 cross_site_request; still scanned",
    async () => {
      const computer = await createQr(service);
      const { ticket } = (await scan(service, phone, computer)).body;
      const json = { ticket, qr_id: computer.qrId, device_code: computer.deviceCode, code: "000000" };
      const answers = [];
      for (const act of ["scan", "confirm", "deny", "extend", "status", "token", "cancel", "code"]) {
        const path = `/api/auth/qr/${act}`;
        const bound = () =>
          boundHeaders(phone.device, "POST", path, phone.tokens.access_token, service.clock);
        const origin = "https://evil.example";
        answers.push(await service.call(path, { headers: { ...(await bound()), origin }, json }));
        const site = { "sec-fetch-site": "cross-site" };
        const form = Object.fromEntries(Object.entries(json).map(([name, value]) => [name, String(value)]));
        answers.push(await service.call(path, { headers: { ...(await bound()), ...site }, form }));
      }
      return `${toldOfAll(answers)}; still ${await stateOf(computer)}`;
    },
  );
});

describe("secrets in addresses", () => {
  attack(
    "the device_code in the query of status, token, cancel and code",
    "4 × 400 invalid_request; the computer 200",
    async () => {
      const computer = await createQr(service);
      await confirm(service, phone, await scan(service, phone, computer));
      const answers = [];
      for (const act of ["status", "token", "cancel", "code"]) {
        const path = `/api/auth/qr/${act}?device_code=${computer.deviceCode}&code=000000`;
        const dpop = await makeProof(computer.device, "POST", path, service.clock);
        answers.push(await service.call(path, { headers: { dpop }, json: {} }));
      }
      return `${toldOfAll(answers)}; the computer ${told(await redeem(service, computer))}`;
    },
  );

  attack("the watch token in the query, under any name", "4 × 401 invalid_token", async () => {
    const { qrId, watchToken } = await createQr(service);
    const answers = [];
    for (const name of ["watch_token", "token", "access_token", "authorization"])
      answers.push(await service.call(`/api/auth/qr/${qrId}/events?${name}=${watchToken}`));
    return toldOfAll(answers);
  });

  attack(
    "the ticket in the query of confirm, deny and extend",
    "3 × 400 invalid_request; still scanned",
    async () => {
      const computer = await createQr(service);
      const { ticket } = (await scan(service, phone, computer)).body;
      const answers = [];
      for (const act of ["confirm", "deny", "extend"])
        answers.push(await byPhoneWith("POST", `/api/auth/qr/${act}?ticket=${ticket}`, {}));
      return `${toldOfAll(answers)}; still ${await stateOf(computer)}`;
    },
  );

  attack("the phone's access token in the query of an act", "401 invalid_token; still pending", async () => {
    const computer = await createQr(service);
    const path = `/api/auth/qr/scan?access_token=${phone.tokens.access_token}`;
    const dpop = await makeProof(phone.device, "POST", path, service.clock, phone.tokens.access_token);
    const answer = await service.call(path, { headers: { dpop }, json: { qr_id: computer.qrId } });
    return `${told(answer)}; still ${await stateOf(computer)}`;
  });

  attack(
    "a whole sign-in: what was in any address of it, in the log, and in Location or Referer",
    "the id and nothing secret",
    async () => {
      const computer = await createQr(service);
      const claim = await scan(service, phone, computer);
      await confirm(service, phone, claim);
      const tokens = (await redeem(service, computer)).body as unknown as Tokens;
      await meBy(service, computer.device, tokens);
      const said = [String(computer.created.body.verification_uri_complete), service.log()].join("\n");
      const secrets = [
        computer.deviceCode,
        computer.watchToken,
        computer.userCode,
        String(claim.body.ticket),
        tokens.access_token,
        tokens.refresh_token,
      ];
      return secrets.some((secret) => said.includes(secret)) ? "a secret" : "the id and nothing secret";
    },
  );
});
