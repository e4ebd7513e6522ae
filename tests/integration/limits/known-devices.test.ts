import { afterEach, beforeEach, expect, it } from "vitest";
import {
  bearer,
  boundHeaders,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
} from "../../helpers/service";

const NEW_PASSWORD = "seven grey herons on the pond";
let service: TestService;

beforeEach(async () => {
  service = await startService({ LIMIT_ADDRESS_FAILURES: "5" });
  await service.addUser("ada");
});
afterEach(() => service.close());

async function guess(username: string, address: string): Promise<number> {
  const ticket = await service.call("/api/auth/get_t", { address });
  const json = { t: ticket.body.t, username, password: "not the password at all" };
  return (await service.call("/api/auth/login", { json, address })).status;
}

it("a reset makes every device of the account a stranger, whatever it had counted or earned", async () => {
  const device = await newDevice();
  await service.signIn("ada", device);
  await service.container.accounts.resetPassword("ada", NEW_PASSWORD);
  const adaptive = await service.another({ CAPTCHA: "adaptive" });
  try {
    const ticket = await adaptive.call("/api/auth/get_t", {
      headers: await proofHeader(device, "GET", "/api/auth/get_t", undefined),
    });
    expect(ticket.body.captcha).toMatchObject({ required: true });
  } finally {
    await adaptive.close();
  }
});

it("a sign-in that is overtaken by a reset leaves its device a stranger", async () => {
  const { accounts } = service.container;
  // The last step before the session is written: the old password was right a moment ago.
  Object.assign(accounts, { rehashIfDue: () => accounts.resetPassword("ada", NEW_PASSWORD) });
  const device = await newDevice();
  await expect(service.first.signIn("ada", device)).rejects.toThrow("invalid_credentials");
  const adaptive = await service.another({ CAPTCHA: "adaptive" });
  const headers = await proofHeader(device, "GET", "/api/auth/get_t", undefined);
  const ticket = await adaptive.call("/api/auth/get_t", { headers });
  await adaptive.close();
  expect(ticket.body.captcha).toMatchObject({ required: true });
});

it("a step-up that is overtaken by the session's end is refused, and nothing says that it happened", async () => {
  const { access_token, session_id } = await service.signIn("ada");
  const { sessions } = service.container;
  const userId = String((await service.container.accounts.findByUsername("ada"))?.id);
  const original = sessions.stepUp.bind(sessions);
  // The last step before the session's row is written: the password was right a moment ago.
  sessions.stepUp = async (session, proven) => {
    await sessions.end({ id: session_id, userId }, "revoked", { actor: "system" });
    return original(session, proven);
  };
  const refused = await service.first.call("/api/auth/step-up", {
    headers: bearer(access_token),
    json: { password: PASSWORD },
  });
  expect([refused.status, refused.body.error]).toEqual([401, "session_revoked"]);
  expect(service.log()).not.toContain('"stepped_up"');
});

it("a change of password keeps this device known and makes the others strangers", async () => {
  const kept = await newDevice();
  const other = await newDevice();
  await service.signIn("ada", other);
  const { access_token } = await service.signIn("ada", kept);
  const changed = await service.call("/api/auth/password", {
    headers: await boundHeaders(kept, "POST", "/api/auth/password", access_token),
    json: { old_password: PASSWORD, new_password: NEW_PASSWORD },
  });
  expect(changed.status).toBe(204);
  const adaptive = await service.another({ CAPTCHA: "adaptive" });
  const isAsked = async (device: typeof kept) => {
    const headers = await proofHeader(device, "GET", "/api/auth/get_t", undefined);
    const { body } = await adaptive.call("/api/auth/get_t", { headers });
    return (body.captcha as { required: boolean }).required;
  };
  expect([await isAsked(kept), await isAsked(other)]).toEqual([false, true]);
  await adaptive.close();
});

it("names the field that the request has when a new password is refused", async () => {
  const { access_token } = await service.signIn("ada");
  const refused = await service.call("/api/auth/password", {
    headers: bearer(access_token),
    json: { old_password: PASSWORD, new_password: "short" },
  });
  expect([refused.status, refused.body.field]).toEqual([400, "new_password"]);
});

it("counts guesses at once against the address before it checks them", async () => {
  const statuses = await Promise.all(
    Array.from({ length: 30 }, (_, index) => guess(`nobody${index}`, "198.51.100.7")),
  );
  expect(statuses.filter((status) => status === 401)).toHaveLength(5);
  expect(statuses.filter((status) => status === 429)).toHaveLength(25);
  await service.signIn("ada"); // from another address
});

it("counts an IPv6 address by its /64, and gives back what was right", async () => {
  for (let index = 1; index <= 5; index += 1)
    expect(await guess(`nobody${index}`, `2001:db8::${index}`)).toBe(401);
  expect(await guess("nobody6", "2001:db8::beef")).toBe(429);
  expect(await guess("nobody6", "2001:db8:0:1::1")).toBe(401);
  for (let index = 0; index < 8; index += 1) await service.signIn("ada");
});

it("logs a try too many as refused, and a missing captcha not as a failed one", async () => {
  for (let index = 0; index < 6; index += 1) await guess(`nobody${index}`, "198.51.100.8");
  expect(service.log()).toContain('"reason":"too_many_attempts"');
  const adaptive = await service.another({ CAPTCHA: "adaptive" });
  const ticket = await adaptive.call("/api/auth/get_t");
  const json = { t: ticket.body.t, username: "ada", password: PASSWORD };
  expect((await adaptive.call("/api/auth/login", { json })).body.error).toBe("captcha_required");
  expect(adaptive.log()).not.toContain("captcha_failed");
  await adaptive.close();
});

it("tells in a notice where a password was changed", async () => {
  const { access_token } = await service.signIn("ada");
  const json = { old_password: PASSWORD, new_password: NEW_PASSWORD };
  await service.call("/api/auth/password", { headers: bearer(access_token), json, address: "198.51.100.9" });
  const { body } = await service.call("/api/auth/notices", { headers: bearer(access_token) });
  expect(body.notices).toEqual([
    expect.objectContaining({ type: "password_changed", address: "198.51.100.9" }),
  ]);
});
