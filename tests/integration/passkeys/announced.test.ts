import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authenticator } from "../../helpers/passkeys/authenticator";
import { addPasskey, callAs } from "../../helpers/passkeys/steps";
import { startService, type TestService } from "../../helpers/service";
import { openPhone } from "../../helpers/steps/qr";

let service: TestService;

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
});
afterAll(() => service.close());

describe("a passkey that is made, renamed and deleted", () => {
  it("is a notice each time on the account's other devices, and in the audit trail", async () => {
    const here = await openPhone(service, "ada");
    const there = await openPhone(service, "ada");
    const told: string[] = [];
    const stop = service.container.events.subscribe((event) => told.push(event.type));
    const passkey = new Authenticator();
    await addPasskey(service, here.tokens, here.device, passkey);
    const path = `/api/auth/passkeys/${passkey.id}`;
    const call = (method: string, json?: unknown) =>
      callAs(service, here.tokens, here.device, [method, path], json);
    expect((await call("PATCH", { name: "Blue key" })).status).toBe(200);
    expect((await call("DELETE")).status).toBe(204);
    stop();
    expect(told.filter((type) => type === "sessions_changed").length).toBeGreaterThanOrEqual(3);
    const { body } = await callAs(service, there.tokens, there.device, ["GET", "/api/auth/notices"]);
    const notices = (body.notices as { type: string }[]).map(({ type }) => type);
    expect(notices).toEqual(expect.arrayContaining(["passkey_added", "passkey_renamed", "passkey_removed"]));
  });

  it("is told to the browser: the list says for whom the rest is kept", async () => {
    const { tokens, device } = await openPhone(service, "ada");
    const passkey = new Authenticator();
    await addPasskey(service, tokens, device, passkey);
    const { body } = await callAs(service, tokens, device, ["GET", "/api/auth/passkeys"]);
    expect(body).toMatchObject({ rp_id: "localhost", user_handle: passkey.userHandle });
  });
});

describe("the well-known addresses for password managers", () => {
  it("lead to the origins of the passkeys, and to the pages of passkeys and of the password", async () => {
    expect((await service.call("/.well-known/webauthn")).body.origins).toContain("http://localhost:3000");
    const page = "http://localhost:3000/account/security";
    expect((await service.call("/.well-known/passkey-endpoints")).body).toEqual({
      enroll: page,
      manage: page,
    });
    const { status, headers } = await service.call("/.well-known/change-password");
    expect([status, headers.get("location")]).toEqual([302, "http://localhost:3000/password"]);
  });

  it("name no passkeys at an address without a name", async () => {
    const unnamed = await startService({ APP_URL: "https://192.0.2.1" });
    expect((await unnamed.call("/.well-known/webauthn")).body).toEqual({ origins: [] });
    expect((await unnamed.call("/.well-known/passkey-endpoints")).body).toEqual({});
    await unnamed.close();
  });
});
