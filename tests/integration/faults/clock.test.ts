import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  boundHeaders,
  type Device,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  TestClock,
  type TestService,
  type Tokens,
} from "../../helpers/service";
import { getTicket, login, send } from "../../helpers/steps/sign-in";

let service: TestService;
let device: Device;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
  device = await newDevice();
});

afterEach(() => service.close());

const refresh = (tokens: Pick<Tokens, "refresh_token">) =>
  send(service, "POST", "/api/auth/refresh-token", { refresh_token: tokens.refresh_token }, { device });

const me = async (accessToken: unknown) =>
  service.call("/api/auth/me", {
    headers: await boundHeaders(device, "GET", "/api/auth/me", String(accessToken), service.clock),
  });

describe("a client whose clock is off", () => {
  it.each([-86_400, -120, 120, 86_400])(
    "by %i seconds gets the time in the refusal, and is let in with it",
    async (offset) => {
      const clientClock = new TestClock();
      clientClock.advance(offset);
      const wrong = await proofHeader(device, "GET", "/api/auth/get_t", clientClock);
      const before = Math.floor(Date.now() / 1000);
      const refused = await service.call("/api/auth/get_t", { headers: wrong });
      expect(refused.status).toBe(401);
      expect(refused.body.error).toBe("invalid_dpop_proof");
      const told = Number(refused.body.server_time);
      const asked = await service.call("/api/auth/server_time");
      const times = [before, told, Number(asked.body.server_time), Math.floor(Date.now() / 1000)];
      expect(times).toEqual([...times].sort((a, b) => a - b));

      clientClock.advance(told - Math.floor(clientClock.now().getTime() / 1000));
      const corrected = await proofHeader(device, "GET", "/api/auth/get_t", clientClock);
      expect((await service.call("/api/auth/get_t", { headers: corrected })).status).toBe(200);
    },
  );

  it.each([-50, 50])("by %i seconds is let in as it is", async (offset) => {
    const clientClock = new TestClock();
    clientClock.advance(offset);
    // A proof from before the process began is refused whatever its age, so the process has to have a past.
    service.clock.advance(100);
    clientClock.advance(100);
    const headers = await proofHeader(device, "GET", "/api/auth/get_t", clientClock);
    expect((await service.call("/api/auth/get_t", { headers })).status).toBe(200);
  });
});

describe("a server whose clock jumps by five minutes", () => {
  it.each([300, -300])("(%i seconds) signs nobody out", async (jump) => {
    // Long enough after the start that jumping back is not jumping to before it.
    service.clock.advance(1000);
    const tokens = await service.signIn("ada", device);
    expect((await me(tokens.access_token)).status).toBe(200);
    service.clock.advance(jump);
    const late = await me(tokens.access_token);
    expect([200, 401]).toContain(late.status);
    expect(late.body.error).not.toBe("session_revoked");
    const renewed = await refresh(tokens);
    expect(renewed.status).toBe(200);
    expect(renewed.body.session_id).toBe(tokens.session_id);
    expect((await me(renewed.body.access_token)).status).toBe(200);
    service.clock.advance(-jump);
    const again = await refresh(renewed.body as unknown as Tokens);
    expect(again.status).toBe(200);
    expect((await me(again.body.access_token)).status).toBe(200);
  });

  it("forward ends the tickets that are open, back leaves none open for longer than its life and the jump", async () => {
    const { t } = await getTicket(service);
    service.clock.advance(300);
    const answer = await login(service, { t, username: "ada", password: PASSWORD });
    expect(answer.body.error).toBe("invalid_ticket");
    const next = await getTicket(service);
    service.clock.advance(-300);
    expect((await login(service, { t: next.t, username: "ada", password: PASSWORD })).status).toBe(200);
  });
});
