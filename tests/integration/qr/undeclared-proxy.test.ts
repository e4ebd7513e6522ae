import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ListeningService, listen } from "../../helpers/listen";
import {
  boundHeaders,
  type CallOptions,
  newDevice,
  proofHeader,
  startService,
  type TestService,
} from "../../helpers/service";
import {
  byComputer,
  byPhone,
  createQr,
  type SignedInPhone,
  scan,
  signedInPhone,
  type WaitingComputer,
} from "../../helpers/steps/qr";

/** Behind a proxy that TRUST_PROXY does not speak of, everybody seems to come from the proxy, next door. */
describe("a computer and a phone behind a proxy that nobody declared", () => {
  let service: TestService;
  let server: ListeningService;
  let phone: SignedInPhone;

  beforeAll(async () => {
    service = await startService();
    await service.addUser("ada");
    phone = await signedInPhone(service, "ada");
    server = await listen(service);
  });

  afterAll(async () => {
    server.close();
    await service.close();
  });

  async function post(path: string, body: object, headers: Record<string, string>) {
    const sent = { "content-type": "application/json", ...headers };
    const response = await fetch(server.origin + path, {
      method: "POST",
      headers: sent,
      body: JSON.stringify(body),
    });
    return (await response.json()) as Record<string, unknown>;
  }

  async function confirmation(computerHeaders: Record<string, string>, phoneHeaders: Record<string, string>) {
    const proof = await proofHeader(await newDevice(), "POST", "/api/auth/qr", service.clock);
    const { qr_id } = await post("/api/auth/qr", {}, { ...computerHeaders, ...proof });
    const path = "/api/auth/qr/scan";
    const bound = await boundHeaders(phone.device, "POST", path, phone.tokens.access_token, service.clock);
    return post(path, { qr_id }, { ...phoneHeaders, ...bound });
  }

  it("are not taken for neighbours: the six digits are asked for, and the address is marked as perhaps a proxy's", async () => {
    expect(await confirmation({}, {})).toMatchObject({
      confirmation: "tap",
      request: { ip: "127.0.0.1", ip_may_be_proxy: false, same_network: true },
    });
    for (const name of ["x-forwarded-for", "forwarded", "x-real-ip", "via"]) {
      const forwarded = { [name]: "for=203.0.113.9" };
      const seen = await confirmation(forwarded, forwarded);
      expect(seen, name).toMatchObject({
        confirmation: "code",
        request: { ip: "127.0.0.1", ip_may_be_proxy: true, same_network: false },
      });
      expect(await confirmation({}, forwarded), name).toMatchObject({ confirmation: "code" });
    }
  });
});

/** Anybody can write such a header, and must hide nothing by it. */
describe("a caller that sends a forwarding header that nobody vouches for", () => {
  const ADDRESS = "198.51.100.66";
  const hidden = { address: ADDRESS, network: null };

  it("is counted by the connection's address: one share of live codes, and no one else's", async () => {
    const service = await startService({ LIMIT_LIVE_QR_CODES: "2" });
    try {
      const create = async (options: CallOptions) => (await createQr(service, options)).created.status;
      expect(await create(hidden)).toBe(201);
      expect(await create({ address: ADDRESS })).toBe(201);
      expect(await create(hidden)).toBe(429);
      expect(await create({ address: ADDRESS })).toBe(429);
      expect(await create({ address: "203.0.113.20", network: null })).toBe(201);
    } finally {
      await service.close();
    }
  });

  it("is counted by it when asking for an OAuth device's code, too", async () => {
    const service = await startService({ LIMIT_LIVE_QR_CODES: "1" });
    try {
      await service.container.clientAdministration.add({
        ...{ id: "tool", name: "Tool", kind: "public", audience: null },
        ...{ requiresBinding: false, grants: ["device_code"] },
      });
      const ask = async (options: CallOptions) =>
        (await service.call("/oauth/device_authorization", { ...options, form: { client_id: "tool" } }))
          .status;
      expect(await ask(hidden)).toBe(200);
      expect(await ask({ address: ADDRESS })).toBe(429);
      expect(await ask({ address: "203.0.113.20", network: null })).toBe(200);
    } finally {
      await service.close();
    }
  });

  it("has the connection's address in its session and in every line of the audit trail", async () => {
    const service = await startService();
    try {
      const userId = await service.addUser("ada");
      const phone = await signedInPhone(service, "ada");
      const at = { address: "203.0.113.20", network: null } as const;
      const byHidden = async (computer: WaitingComputer, path: string, more: object = {}) =>
        byComputer(service, computer.device, path, { device_code: computer.deviceCode, ...more }, hidden);

      const refused = await createQr(service, hidden);
      const first = await scan(service, phone, refused, at);
      const wrong = String((Number(first.body.code) + 1) % 1_000_000).padStart(6, "0");
      expect((await byHidden(refused, "/api/auth/qr/code", { code: wrong })).body.error).toBe(
        "code_mismatch",
      );
      await byPhone(service, phone, "/api/auth/qr/deny", { ticket: first.body.ticket }, at);

      const computer = await createQr(service, hidden);
      const scanned = await scan(service, phone, computer, at);
      expect((await byHidden(computer, "/api/auth/qr/code", { code: scanned.body.code })).status).toBe(204);
      await byPhone(service, phone, "/api/auth/qr/confirm", { ticket: scanned.body.ticket }, at);
      const { session_id } = (await byHidden(computer, "/api/auth/qr/token")).body;

      const session = await service.container.sessions.findOwn(userId, String(session_id));
      expect(session?.address).toBe(ADDRESS);
      const since = new Date(service.clock.now().getTime() - 60_000);
      const types = ["signed_in", "qr_claimed", "qr_approved", "qr_denied", "qr_code_mismatch"] as const;
      const records = await service.container.audit.listOfUser(userId, types, since, 20);
      const seen = records
        .filter(({ sessionId }) => sessionId !== phone.tokens.session_id || sessionId === null)
        .map(({ type, address }) => `${type} ${address}`);
      expect(seen.toSorted()).toEqual([`qr_code_mismatch ${ADDRESS}`, `signed_in ${ADDRESS}`]);
      const ofPhone = records
        .filter(({ type, sessionId }) => sessionId === phone.tokens.session_id && type !== "signed_in")
        .map(({ type, address }) => `${type} ${address}`);
      expect(ofPhone.toSorted()).toEqual([
        `qr_approved ${at.address}`,
        `qr_claimed ${at.address}`,
        `qr_claimed ${at.address}`,
        `qr_denied ${at.address}`,
      ]);
    } finally {
      await service.close();
    }
  });
});
