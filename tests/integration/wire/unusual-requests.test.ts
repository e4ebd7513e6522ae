import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newDevice, proofHeader, startService, type TestService } from "../../helpers/service";
import { listen, sendRaw, signInWithCookies } from "../../helpers/wire";

let service: TestService;
let server: { port: number; close(): Promise<void> };

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
  server = await listen(service);
});
afterAll(async () => {
  await server.close();
  await service.close();
});

describe("a refresh", () => {
  const post = "POST /api/auth/refresh-token HTTP/1.1";
  it.each([
    ["whose client waits for 100 Continue", ["Content-Type: application/json", "Expect: 100-continue"], ""],
    ["whose JSON begins with a byte order mark", ["Content-Type: application/json"], "\ufeff"],
    ["whose media type names its letters in capitals", ["CONTENT-TYPE: Application/JSON; Charset=UTF-8"], ""],
  ])("%s is answered", async (_, headers, mark) => {
    const { refresh_token } = await service.signIn("ada");
    const { text } = await sendRaw(
      server.port,
      [post, ...headers],
      `${mark}${JSON.stringify({ refresh_token })}`,
    );
    expect(text).toMatch(/^HTTP\/1.1 200 /m);
    expect(text).toContain('"access_token"');
  });
});

describe("a sign-out", () => {
  it("with an access token that has run out ends the session by its cookie, and clears that", async () => {
    const device = await newDevice();
    const { tokens, cookie, cookies } = await signInWithCookies(service, "ada", device);
    service.clock.advance(400);
    const path = "/api/auth/logout";
    const proof = await proofHeader(device, "POST", path, service.clock, tokens.access_token);
    const answer = await service.call(path, {
      headers: { ...proof, cookie, authorization: `DPoP ${tokens.access_token}` },
      json: {},
    });
    expect(answer.status).toBe(204);
    for (const name of cookies.keys())
      expect(answer.headers.getSetCookie().join("\n")).toContain(`${name}=; Max-Age=0`);
    expect(await service.container.sessions.findLive(tokens.session_id)).toBeUndefined();
  });
});
