import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  boundHeaders,
  type Device,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
} from "../../helpers/service";

/** PostgreSQL stores no NUL and refuses the statement that holds one; SQLite takes it. Both have to answer the same. */
let service: TestService;
let device: Device;
let accessToken: string;

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
  device = await newDevice();
  accessToken = (await service.signIn("ada", device)).access_token;
});
afterAll(() => service.close());

async function answerTo(method: string, path: string, json: unknown) {
  const headers = await boundHeaders(device, method, path, accessToken, service.clock);
  const { status, body } = await service.call(path, { method, headers, ...(json ? { json } : {}) });
  return { status, error: body.error };
}

describe("a text with a NUL", () => {
  it.each([
    [
      "a session's id",
      "DELETE",
      (text: string) => `/api/auth/sessions/${encodeURIComponent(text)}`,
      undefined,
    ],
    ["a QR code's id", "GET", (text: string) => `/api/auth/qr/${encodeURIComponent(text)}`, undefined],
    ["a notice's id", "POST", () => "/api/auth/notices/acknowledge", (id: string) => ({ id })],
    ["a QR code's id to scan", "POST", () => "/api/auth/qr/scan", (qr_id: string) => ({ qr_id })],
    ["a user code", "POST", () => "/api/auth/qr/code", (user_code: string) => ({ user_code })],
    ["a device code", "POST", () => "/api/auth/qr/status", (device_code: string) => ({ device_code })],
    [
      "a ticket",
      "POST",
      () => "/api/auth/login",
      (t: string) => ({ t, username: "ada", password: PASSWORD }),
    ],
    [
      "a refresh token",
      "POST",
      () => "/api/auth/refresh-token",
      (refresh_token: string) => ({ refresh_token }),
    ],
    [
      "a hand-over's site",
      "POST",
      () => "/api/auth/site/code",
      (site: string) => ({ site, state: "a".repeat(22) }),
    ],
  ] as const)("as %s is answered as any other unknown one is", async (_, method, path, json) => {
    const withNul = await answerTo(method, path("a\0b"), json?.("a\0b"));
    expect(withNul).toEqual(await answerTo(method, path("axb"), json?.("axb")));
    expect(withNul.status).toBeGreaterThanOrEqual(400);
    expect(withNul.status).toBeLessThan(500);
  });

  it("as a display name is refused, and the name stays", async () => {
    expect(await answerTo("PATCH", "/api/auth/me", { display_name: "A\0da" })).toEqual({
      status: 400,
      error: "invalid_request",
    });
    expect((await service.container.accounts.findByUsername("ada"))?.displayName).toBe("ada");
  });

  it("as a sign-in's username is answered as an unknown name is", async () => {
    const signIn = async (username: string) => {
      const ticket = await service.call("/api/auth/get_t");
      const { status, body } = await service.call("/api/auth/login", {
        json: { t: ticket.body.t, username, password: "wrong" },
      });
      return { status, error: body.error };
    };
    expect(await signIn("ada\0")).toEqual(await signIn("nobody"));
  });
});
