import { afterEach, describe, expect, it } from "vitest";
import { type ListeningService, listen } from "../../helpers/listen";
import { boundHeaders, newDevice, proofHeader, startService, type TestService } from "../../helpers/service";
import { signedInPhone } from "../../helpers/steps/qr";

/** Who calls, as it comes out of the connection and of what a proxy has written. */
let service: TestService;
let server: ListeningService;

async function open(settings: Record<string, string>): Promise<void> {
  service = await startService(settings);
  await service.addUser("ada");
  server = await listen(service);
}

afterEach(async () => {
  server.close();
  await service.close();
});

type Headers = Record<string, string> | [string, string][];

async function post(path: string, body: object, headers: Headers = {}) {
  const sent = new globalThis.Headers(headers);
  sent.set("content-type", "application/json");
  const response = await fetch(server.origin + path, {
    method: "POST",
    headers: sent,
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

let names = 0;
async function fail(headers: Headers): Promise<number> {
  const { t } = (await (await fetch(`${server.origin}/api/auth/get_t`, { headers })).json()) as { t: string };
  names += 1;
  return (await post("/api/auth/login", { t, username: `name-${names}`, password: "wrong" }, headers)).status;
}
const by = (entry: string) => ({ "x-forwarded-for": entry });

/** What a phone learns of a computer, both as they come by these headers. */
async function scan(computer: Headers, phone: Headers = computer) {
  const { device, tokens } = await signedInPhone(service, "ada");
  const proof = await proofHeader(await newDevice(), "POST", "/api/auth/qr", service.clock);
  const merged = [...new globalThis.Headers(computer), ...Object.entries(proof)] as [string, string][];
  const { qr_id } = (await post("/api/auth/qr", {}, merged)).body;
  const path = "/api/auth/qr/scan";
  const bound = await boundHeaders(device, "POST", path, tokens.access_token, service.clock);
  const sent = [...new globalThis.Headers(phone), ...Object.entries(bound)] as [string, string][];
  return (await post(path, { qr_id }, sent)).body as {
    confirmation: string;
    request: { ip: string | null; ip_may_be_proxy: boolean; same_network: boolean };
  };
}

const warnings = (text: string) =>
  service
    .log()
    .split("\n")
    .filter((line) => line.includes(text)).length;
const UNREAD = "X-Forwarded-For holds no address";
const GATEWAY = "one address of the inside";

describe("behind a proxy that writes more than the address", () => {
  it("counts the address without its port, in whichever form it comes", async () => {
    await open({ TRUST_PROXY: "1", LIMIT_ADDRESS_FAILURES: "4" });
    const sameIpv4 = ["203.0.113.7:41234", '"203.0.113.7:5"', "::ffff:203.0.113.7", "[::FFFF:203.0.113.7]:9"];
    for (const entry of sameIpv4) expect(await fail(by(entry)), entry).toBe(401);
    expect(await fail(by("203.0.113.7"))).toBe(429);
    expect(await fail(by("203.0.113.8:41234"))).toBe(401);
    const sameIpv6 = ["[2001:db8::1]:443", "2001:DB8::1", '"[2001:db8:0:0::2]"', "2001:db8::3%eth0"];
    for (const entry of sameIpv6) expect(await fail(by(entry)), entry).toBe(401);
    expect(await fail(by("2001:db8::1"))).toBe(429);
    expect(warnings(UNREAD)).toBe(0);
  });

  it("shows the address to the phone, and tells who is near by it", async () => {
    await open({ TRUST_PROXY: "1" });
    expect(await scan(by("203.0.113.7:41234"), by("203.0.113.7:41235"))).toMatchObject({
      confirmation: "tap",
      request: { ip: "203.0.113.7", same_network: true },
    });
  });

  it("takes the last of several headers and entries, an empty one for none", async () => {
    await open({ TRUST_PROXY: "1" });
    const last = (entry: string) => scan(by(entry)).then(({ request }) => request.ip);
    expect(await last("198.51.100.1, 203.0.113.7")).toBe("203.0.113.7");
    expect(await last("203.0.113.7,")).toBeNull();
    const twice = [
      ["X-Forwarded-For", "198.51.100.1"],
      ["x-forwarded-for", "203.0.113.9:80"],
    ] as [string, string][];
    expect((await scan(twice)).request.ip).toBe("203.0.113.9");
  });
});

describe("what holds no address", () => {
  it.each(["unknown", "_hidden", "-", "unix:", "proxy.internal", ""])(
    "%j is no count that strangers share, is near to nobody, and is said once in the log",
    async (entry) => {
      await open({
        TRUST_PROXY: "1",
        LIMIT_ADDRESS_FAILURES: "2",
        LIMIT_LIVE_QR_CODES: "1",
        LIMIT_TICKETS: "3",
      });
      const statuses: number[] = [];
      for (let index = 0; index < 6; index += 1) statuses.push(await fail(by(entry)));
      expect(statuses).toEqual(Array(6).fill(401));
      for (let index = 0; index < 3; index += 1) {
        expect(await scan(by(entry))).toMatchObject({
          confirmation: "code",
          request: { ip: null, same_network: false },
        });
      }
      expect(warnings(UNREAD)).toBe(1);
      // Those who are known are counted as ever.
      for (let index = 0; index < 2; index += 1) expect(await fail(by("203.0.113.7"))).toBe(401);
      expect(await fail(by("203.0.113.7"))).toBe(429);
    },
  );

  it("is not said of a balancer that asks whether the service is ready, and is said of the next caller", async () => {
    await open({ TRUST_PROXY: "1" });
    for (const path of ["/api/ready", "/api/health"]) await fetch(server.origin + path);
    expect(warnings(UNREAD)).toBe(0);
    await fetch(`${server.origin}/api/auth/get_t`);
    expect(warnings(UNREAD)).toBe(1);
  });

  it("gives one device as many live codes as an address has", async () => {
    await open({ TRUST_PROXY: "1", LIMIT_LIVE_QR_CODES: "2" });
    const device = await newDevice();
    const create = async () => {
      const proof = await proofHeader(device, "POST", "/api/auth/qr", service.clock);
      return (await post("/api/auth/qr", {}, { ...by("unknown"), ...proof })).status;
    };
    expect([await create(), await create(), await create()]).toEqual([201, 201, 429]);
  });

  it("asks for the long work, because no limit by address holds", async () => {
    await open({ TRUST_PROXY: "1", CAPTCHA: "adaptive" });
    const kinds = async (entry: string) => {
      const answer = await fetch(`${server.origin}/api/auth/get_t`, { headers: by(entry) });
      return ((await answer.json()) as { captcha: { kinds: string[] } }).captcha.kinds[0];
    };
    expect([await kinds("203.0.113.7"), await kinds("unknown")]).toEqual(["pow", "image"]);
  });
});

describe("a gateway that hides who calls, as container networks do, and says nothing", () => {
  const asEverybodyElse = { APP_URL: "https://accounts.example.com" };

  async function warningsAfterRequests(settings: Record<string, string>) {
    await open(settings);
    for (let index = 0; index < 25; index += 1) await fetch(`${server.origin}/api/auth/get_t`);
    return warnings(GATEWAY);
  }

  it("is said in the log when all requests come from it and the public address is public", async () => {
    expect(await warningsAfterRequests(asEverybodyElse)).toBe(1);
  });

  it("is not said where the operator says that addresses of the inside are callers' own, or the service is inside", async () => {
    expect(await warningsAfterRequests({ ...asEverybodyElse, TRUST_PRIVATE_PEERS: "on" })).toBe(0);
    server.close();
    await service.close();
    expect(await warningsAfterRequests({ APP_URL: "https://192.168.1.10:3000" })).toBe(0);
  });

  it("makes nobody a neighbour: two people who arrive as one address type six digits", async () => {
    await open({ TRUST_PRIVATE_PEERS: "off" });
    expect(await scan({})).toMatchObject({
      confirmation: "code",
      request: { ip: "127.0.0.1", ip_may_be_proxy: true, same_network: false },
    });
  });

  it("is one for a proxy too, that writes the gateway's address for everybody", async () => {
    await open({ TRUST_PROXY: "1", TRUST_PRIVATE_PEERS: "off" });
    expect(await scan(by("10.0.2.100"))).toMatchObject({ confirmation: "code" });
    expect(await scan(by("203.0.113.7"))).toMatchObject({ confirmation: "tap" });
  });

  it("is trusted where the service is one of a local network, or the operator says so", async () => {
    await open({});
    expect(await scan({})).toMatchObject({ confirmation: "tap", request: { same_network: true } });
  });
});
