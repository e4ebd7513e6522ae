import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { approveOnPhone } from "../../helpers/oauth";
import { startService, type TestService } from "../../helpers/service";
import { type SignedInPhone, signedInPhone } from "../../helpers/steps/qr";

let service: TestService;
let phone: SignedInPhone;

beforeAll(async () => {
  service = await startService();
  await service.addUser("alice");
  phone = await signedInPhone(service, "alice");
  await service.container.clientAdministration.add({
    id: "tv",
    name: "The TV",
    kind: "public",
    requiresBinding: false,
    audience: null,
    grants: ["device_code"],
  });
});
afterAll(() => service.close());

const address = "192.0.2.50";
async function begin() {
  const { body } = await service.call("/oauth/device_authorization", { form: { client_id: "tv" }, address });
  return body as unknown as Parameters<typeof approveOnPhone>[2];
}
async function poll(device_code: string): Promise<unknown> {
  const form = {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    client_id: "tv",
    device_code,
  };
  const { status, body } = await service.call("/oauth/token", { form, address });
  return status === 200 ? "tokens" : body.error;
}

describe("a device that polls", () => {
  it("right after it got its code gets authorization_pending, and not slow_down", async () => {
    const { device_code } = await begin();
    expect(await poll(device_code)).toBe("authorization_pending");
  });

  it("too fast for ever still gets its tokens with the first poll after the approval", async () => {
    const device = await begin();
    await poll(device.device_code);
    for (let round = 0; round < 5; round += 1) {
      service.clock.advance(0.5);
      expect(await poll(device.device_code)).toBe("slow_down");
    }
    await approveOnPhone(service, phone, device);
    expect(await poll(device.device_code)).toBe("tokens");
    expect(await poll(device.device_code)).toBe("invalid_grant");
  });

  it("for a code that nobody answered hears that it has expired, however late it asks", async () => {
    const { device_code } = await begin();
    service.clock.advance(601);
    expect(await poll(device_code)).toBe("expired_token");
    expect(await poll(device_code)).toBe("expired_token");
  });
});
