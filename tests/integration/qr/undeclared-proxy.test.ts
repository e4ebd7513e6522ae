import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ListeningService, listen } from "../../helpers/listen";
import { boundHeaders, newDevice, proofHeader, startService, type TestService } from "../../helpers/service";
import { type SignedInPhone, signedInPhone } from "./steps";

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

  it("are not taken for neighbours: the six digits are asked for, and no address is shown as the computer's", async () => {
    expect(await confirmation({}, {})).toMatchObject({ confirmation: "tap", request: { ip: "127.0.0.1" } });
    for (const name of ["x-forwarded-for", "forwarded", "x-real-ip", "via"]) {
      const forwarded = { [name]: "for=203.0.113.9" };
      const seen = await confirmation(forwarded, forwarded);
      expect(seen, name).toMatchObject({ confirmation: "code", request: { ip: null, same_network: false } });
      expect(await confirmation({}, forwarded), name).toMatchObject({ confirmation: "code" });
    }
  });
});
