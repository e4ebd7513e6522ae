import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  bearer,
  boundHeaders,
  newDevice,
  proofHeader,
  startService,
  type TestService,
} from "../../helpers/service";
import { approvedQr, signedInPhone } from "../../helpers/steps/qr";
import { me } from "../../helpers/wire";

let service: TestService;
let username: string;
let users = 0;

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  users += 1;
  username = `ada${users}`;
  await service.addUser(username);
});
afterAll(() => service.close());

const rename = (accessToken: string, displayName: unknown) =>
  service.call("/api/auth/me", {
    method: "PATCH",
    headers: bearer(accessToken),
    json: { display_name: displayName },
  });

const nameSeenBy = async (accessToken: string) =>
  ((await me(service, accessToken)).body.user as { display_name: string }).display_name;

describe("changing the display name", () => {
  it("answers as `me` does, and every other session has the name at its next call", async () => {
    const [here, there] = [await service.signIn(username), await service.signIn(username)];
    expect(await nameSeenBy(there.access_token)).toBe(username);
    const answer = await rename(here.access_token, "  Ada Lovelace ");
    expect([answer.status, answer.body]).toEqual([200, (await me(service, here.access_token)).body]);
    expect(await nameSeenBy(there.access_token)).toBe("Ada Lovelace");
  });

  it("on the typed face does the same", async () => {
    const { access_token } = await service.signIn(username);
    const answer = await service.call("/api/trpc/user.change", {
      headers: bearer(access_token),
      json: { display_name: "Ada" },
    });
    expect(answer.status).toBe(200);
    expect(await nameSeenBy(access_token)).toBe("Ada");
  });

  it("leaves other accounts' names and sessions as they were", async () => {
    await service.addUser(`ben${users}`);
    const [mine, other] = [await service.signIn(username), await service.signIn(`ben${users}`)];
    await nameSeenBy(other.access_token);
    await rename(mine.access_token, "Mallory");
    expect(await nameSeenBy(other.access_token)).toBe(`ben${users}`);
  });

  it.each(["", "   ", "x".repeat(101), "Ada\u202eadA", "two\nlines", 7, null])(
    "to %j is refused with the field named, and the name stays",
    async (name) => {
      const { access_token } = await service.signIn(username);
      const answer = await rename(access_token, name);
      expect([answer.status, answer.body.error, answer.body.field]).toEqual([
        400,
        "invalid_request",
        "display_name",
      ]);
      expect(await nameSeenBy(access_token)).toBe(username);
    },
  );

  it("from a session that a phone approved takes a step-up", async () => {
    const computer = await approvedQr(service, await signedInPhone(service, username));
    const redeemed = await service.call("/api/auth/qr/token", {
      json: { device_code: computer.deviceCode },
      headers: await proofHeader(computer.device, "POST", "/api/auth/qr/token", service.clock),
    });
    const token = String(redeemed.body.access_token);
    const answer = await service.call("/api/auth/me", {
      method: "PATCH",
      headers: await boundHeaders(computer.device, "PATCH", "/api/auth/me", token, service.clock),
      json: { display_name: "Mallory" },
    });
    expect([answer.status, answer.body.error]).toEqual([403, "step_up_required"]);
  });

  it("leaves an audit row with the name before and after", async () => {
    const device = await newDevice();
    const { access_token } = await service.signIn(username, device);
    await service.call("/api/auth/me", {
      method: "PATCH",
      headers: await boundHeaders(device, "PATCH", "/api/auth/me", access_token, service.clock),
      json: { display_name: "Ada" },
    });
    const line = service
      .log()
      .split("\n")
      .find((text) => text.includes("display_name_changed") && text.includes(username));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ detail: { before: username, after: "Ada" } });
  });
});

it("closing an account is known to its sessions at once, though the row of a session was never ended", async () => {
  const { access_token } = await service.signIn(username);
  expect((await me(service, access_token)).status).toBe(200);
  await service.container.accounts.disable(username);
  expect((await me(service, access_token)).body.error).toBe("session_revoked");
});
