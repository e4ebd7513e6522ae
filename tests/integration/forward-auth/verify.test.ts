import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { cookieNames } from "../../helpers/cookie-names";
import {
  APP_URL,
  bearer,
  boundHeaders,
  newDevice,
  startService,
  type TestService,
} from "../../helpers/service";
import { listen, signInWithCookies } from "../../helpers/wire";

const names = cookieNames(APP_URL);
let service: TestService;

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
});
afterAll(() => service.close());

const PATH = "/api/auth/verify";

describe("GET /api/auth/verify", () => {
  it("says by an access token who calls, in headers", async () => {
    const tokens = await service.signIn("ada");
    const answer = await service.call(PATH, { headers: bearer(tokens.access_token) });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("remote-user")).toBe("ada");
    expect(answer.headers.get("remote-groups")).toBe("owner");
    expect(answer.headers.get("x-countersign-session-id")).toBe(tokens.session_id);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it("takes a bound token with its proof only", async () => {
    const device = await newDevice();
    const { access_token } = await service.signIn("ada", device);
    const headers = await boundHeaders(device, "GET", PATH, access_token);
    expect((await service.call(PATH, { headers })).status).toBe(200);
    expect(
      (await service.call(PATH, { headers: { authorization: headers.authorization ?? "" } })).status,
    ).toBe(401);
  });

  it("takes the view cookie, until its session ends", async () => {
    const { cookie, tokens } = await signInWithCookies(service, "ada", await newDevice());
    const view = cookie.split("; ").filter((part) => part.startsWith(`${names.view}=`));
    expect(view).toHaveLength(1);
    const ask = () => service.call(PATH, { headers: { cookie: view.join("") } });
    expect((await ask()).headers.get("remote-user")).toBe("ada");
    const { user } = (await service.container.sessions.findLive(String(tokens.session_id))) ?? {};
    await service.container.sessions.end(
      { userId: String(user?.id), id: String(tokens.session_id) },
      "revoked",
      { actor: "system" },
    );
    expect(await ask()).toMatchObject({ status: 401, body: { error: "session_revoked" } });
  });

  it("refuses nothing at all, the refresh cookie alone, an edited cookie, and a bad token beside a good cookie", async () => {
    const { cookie } = await signInWithCookies(service, "ada", await newDevice());
    const [refresh = "", view = ""] = cookie.split("; ").sort();
    expect(refresh).toContain(names.refresh);
    const statusWith = async (headers: Record<string, string>) =>
      (await service.call(PATH, { headers })).status;
    expect(await statusWith({})).toBe(401);
    expect(await statusWith({ cookie: refresh })).toBe(401);
    expect(await statusWith({ cookie: refresh.replace(names.refresh, names.view) })).toBe(401);
    expect(await statusWith({ cookie: `${view.slice(0, -8)}AAAAAAAA` })).toBe(401);
    expect(await statusWith({ cookie: view })).toBe(200);
    expect(await statusWith({ cookie: view, ...bearer("none") })).toBe(401);
  });

  it("answers 401 to two tokens at once: of a 400 a proxy makes a fault of its own", async () => {
    const { access_token } = await service.signIn("ada");
    const twice = { ...bearer(access_token), "access-token": access_token };
    expect((await service.call(PATH, { headers: twice })).status).toBe(401);
    expect((await service.call(`${PATH}?access_token=a&access-token=b`)).status).toBe(401);
  });

  it("puts no name into a header that could end it or be taken for two", async () => {
    const id = await service.addUser("grace");
    await service.container.accounts.create({
      username: "ming",
      password: "velvet quarry lamp seventeen",
      displayName: "明, 100% é",
    });
    expect(id).toBeTruthy();
    const tokens = await service.signIn("ming");
    const { headers } = await service.call(PATH, { headers: bearer(tokens.access_token) });
    const name = headers.get("remote-name") ?? "";
    expect(name).toMatch(/^[\x21-\x2b\x2d-\x7e]+$/);
    expect(decodeURIComponent(name)).toBe("明, 100% é");
  });
});

describe("a proxy that announces the body of the request it asks about, and does not send it", () => {
  it.each(["GET", "HEAD"])(
    "is answered at once to its %s, and the connection is given up",
    async (method) => {
      const { access_token } = await service.signIn("ada");
      const { port, close } = await listen(service);
      // No wait comes to an end: a service that waited for the body would never answer.
      vi.useFakeTimers({ toFake: ["setTimeout"] });
      onTestFinished(async () => {
        vi.useRealTimers();
        await close();
      });
      const socket = connect(port, "127.0.0.1");
      let answer = "";
      socket.setEncoding("utf8").on("data", (chunk: string) => {
        answer += chunk;
      });
      const head = [
        `${method} ${PATH} HTTP/1.1`,
        "Host: x",
        `Authorization: Bearer ${access_token}`,
        "Content-Length: 77",
      ];
      socket.write(`${head.join("\r\n")}\r\n\r\n`);
      await once(socket, "close");
      expect(answer).toMatch(/^HTTP\/1.1 200 /);
      expect(answer).toMatch(/^connection: close/im);
    },
  );
});
