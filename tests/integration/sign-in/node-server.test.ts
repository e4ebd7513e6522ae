import { once } from "node:events";
import { Agent, type IncomingHttpHeaders, type Server, request as startRequest } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { createNodeServer } from "../../../src/server/node/node-server";
import { APP_URL, bearer, PASSWORD, startService, type TestService } from "../../helpers/service";

let service: TestService;
let server: Server;
let seenByPages: { url: string | undefined; headers: IncomingHttpHeaders }[];
let port: number;

async function open(settings: Record<string, string> = {}): Promise<void> {
  service = await startService(settings);
  await service.addUser("ada");
  seenByPages = [];
  server = createNodeServer(service.container, service.api, (request, response) => {
    seenByPages.push({ url: request.url, headers: request.headers });
    response.end("page");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
}

async function close(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await service.close();
}

beforeEach(() => open());
afterEach(close);

const url = (pathname: string) => `http://127.0.0.1:${port}${pathname}`;

async function readJson(pathname: string, init: RequestInit = {}) {
  const response = await fetch(url(pathname), init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text ? JSON.parse(text) : {}) as Record<string, unknown>,
  };
}

async function tryPassword(password: string, headers: Record<string, string> = {}, username = "ada") {
  const { body } = await readJson("/api/auth/get_t", { headers });
  return readJson("/api/auth/login", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ t: body.t, username, password }),
  });
}

/** Sends the bytes as they are. @returns what came back until the server closed the connection, as it was asked to */
async function sendRaw(text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    answer += chunk;
  });
  socket.on("error", () => undefined);
  // Closing our half would abort an answer that is still being made; bytes that are no request get no other end.
  if (/^Connection:.* close/m.test(text)) socket.write(text);
  else socket.end(text);
  await once(socket, "close");
  return answer;
}

describe("headers that only proxies and the framework may set", () => {
  const spoofed = {
    "x-middleware-subrequest": "middleware:middleware:middleware:middleware:middleware",
    "x-middleware-subrequest-id": "1",
    "x-middleware-rewrite": "/",
    "x-middleware-next": "1",
    "x-middleware-override-headers": "authorization",
    "x-middleware-request-authorization": "x",
    "x-middleware-invoke": "1",
    "x-middleware-prefetch": "1",
    "x-invoke-path": "/",
    "x-invoke-status": "200",
    "x-invoke-error": "x",
    "x-matched-path": "/",
    "x-now-route-matches": "1",
    "x-vercel-id": "1",
    "x-nextjs-rewrite": "/",
    "x-action-revalidated": "1",
    "x-forwarded-for": "10.0.0.1",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-port": "1",
    "x-real-ip": "10.0.0.1",
    "x-client-ip": "10.0.0.1",
    "true-client-ip": "10.0.0.1",
    "cf-connecting-ip": "10.0.0.1",
    forwarded: "for=10.0.0.1",
  };

  it("never reach a page", async () => {
    const response = await fetch(url("/account"), { headers: { ...spoofed, "x-mine": "kept" } });
    expect(await response.text()).toBe("page");
    const names = Object.keys(seenByPages[0]?.headers ?? {});
    expect(names).toContain("x-mine");
    for (const name of Object.keys(spoofed)) expect(names).not.toContain(name);
  });

  it("open nothing that is protected", async () => {
    for (const pathname of [
      "/api/auth/me",
      "/api/auth/sessions",
      "/api/auth/notices",
      "/api/trpc/auth.me",
      "/api/trpc/sessions.list",
    ]) {
      expect((await readJson(pathname, { headers: spoofed })).status).toBe(401);
    }
  });

  it("cannot be written in other letters or twice", async () => {
    const answer = await sendRaw(
      `GET /account HTTP/1.1\r\nHost: localhost\r\nX-MiddleWare-SubRequest: a\r\nX-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 200/);
    expect(Object.keys(seenByPages[0]?.headers ?? {}).filter((name) => name.startsWith("x-"))).toEqual([]);
  });
});

describe("the caller's address", () => {
  const failFrom = (forwarded: string, username: string) =>
    tryPassword("wrong", { "x-forwarded-for": forwarded, "x-real-ip": forwarded }, username);

  it("is the connection's own: forged headers change nothing", async () => {
    await close();
    await open({ LIMIT_ADDRESS_FAILURES: "5" });
    for (let i = 0; i < 5; i += 1) expect((await failFrom(`198.51.100.${i}`, `name-${i}`)).status).toBe(401);
    expect((await failFrom("198.51.100.99", "name-9")).status).toBe(429);
    expect((await tryPassword(PASSWORD)).status).toBe(429);
  });

  it("behind one proxy is what that proxy appended, whatever the client wrote before it", async () => {
    await close();
    await open({ LIMIT_ADDRESS_FAILURES: "5", TRUST_PROXY: "1" });
    for (let i = 0; i < 5; i += 1) {
      expect((await failFrom(`10.0.0.${i}, 203.0.113.5`, `name-${i}`)).status).toBe(401);
    }
    expect((await failFrom("8.8.8.8, 203.0.113.5", "name-9")).status).toBe(429);
    expect((await failFrom("203.0.113.5, 203.0.113.6", "name-9")).status).toBe(401);
    expect((await failFrom("::ffff:203.0.113.5", "name-9")).status).toBe(429);
  });

  it("is what is shown to the owner at set-up and in the list of sessions", async () => {
    const signedIn = await tryPassword(PASSWORD, { "x-forwarded-for": "10.9.9.9" });
    const { body } = await readJson("/api/auth/sessions", {
      headers: bearer(String(signedIn.body.access_token)),
    });
    expect(body.sessions).toMatchObject([{ address: "127.0.0.1" }]);
  });
});

describe("a header that may be sent once", () => {
  it.each(["Authorization", "Access-Token"])("%s is refused when it is there twice", async (name) => {
    const { body } = await tryPassword(PASSWORD);
    const value = name === "Authorization" ? `Bearer ${body.access_token}` : String(body.access_token);
    const one = await sendRaw(
      `GET /api/auth/me HTTP/1.1\r\nHost: x\r\n${name}: ${value}\r\nConnection: close\r\n\r\n`,
    );
    expect(one).toMatch(/^HTTP\/1.1 200/);
    const two = await sendRaw(
      `GET /api/auth/me HTTP/1.1\r\nHost: x\r\n${name}: ${value}\r\n${name.toLowerCase()}: ${value}\r\nConnection: close\r\n\r\n`,
    );
    expect(two).toMatch(/^HTTP\/1.1 400/);
    expect(two).toContain("invalid_request");
  });

  it("the Host header is not believed: a proof for another host opens nothing", async () => {
    const answer = await sendRaw(
      `GET /api/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 200/);
    expect(answer).not.toContain("evil.example");
  });
});

describe("requests that no browser would send", () => {
  it.each([
    "TRACE /api/health HTTP/1.1",
    "TRACE /api/auth/me HTTP/1.1",
    "TRACE / HTTP/1.1",
    "TRACE /sign-in HTTP/1.1",
    "PUT /sign-in HTTP/1.1",
    "POST / HTTP/1.1",
    "PROPFIND / HTTP/1.1",
    "PROPFIND /api/auth/me HTTP/1.1",
    "M-SEARCH /api/auth/login HTTP/1.1",
    "QUERY /api/auth/me HTTP/1.1",
    "HEAD /api/auth/me HTTP/1.1",
    "GET /api/auth/%ZZ HTTP/1.1",
    "GET /api/auth/sessions/%ff HTTP/1.1",
    "DELETE /api/auth/sessions/%00 HTTP/1.1",
    "GET /api//auth/me HTTP/1.1",
    "GET /api/../api/auth/me HTTP/1.1",
    "GET /api/\\..\\auth HTTP/1.1",
    "GET /api/auth/me#x HTTP/1.1",
    "GET /api/[::1 HTTP/1.1",
    "GET /.well-known/ HTTP/1.1",
    "GET /oauth/ HTTP/1.1",
    "GET /api/__proto__ HTTP/1.1",
    "GET /api/constructor HTTP/1.1",
    "GET /api/trpc/ HTTP/1.1",
    "GET /api/trpc/__proto__ HTTP/1.1",
    "GET /api/trpc/auth.__proto__ HTTP/1.1",
    "GET /api/trpc/auth.me,,, HTTP/1.1",
    "OPTIONS /api/auth/me HTTP/1.1",
  ])("%s is refused without a fault of ours", async (line) => {
    const answer = await sendRaw(`${line}\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 [24]\d\d/);
    expect(answer).not.toMatch(/^HTTP\/1.1 200/);
    expect(answer).not.toMatch(/ at .*\.(ts|js)/);
    expect((await readJson("/api/health")).status).toBe(200);
  });

  it.each([
    "GET / HTTP/9.9\r\n\r\n",
    "\u0000\u0001\u0002\r\n\r\n",
    "GET /api/health HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
    `GET /api/health HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(70_000)}\r\n\r\n`,
    "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{",
    "CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
  ])("bytes that are no request (%#) end their connection and nothing else", async (bytes) => {
    const answer = await sendRaw(bytes);
    expect(answer).not.toMatch(/HTTP\/1.1 5\d\d/);
    expect((await readJson("/api/health")).status).toBe(200);
  });

  it.each([
    ["no request line", "\u0000\u0001\u0002\r\n\r\n", 400],
    ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400],
    ["too long a header", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(70_000)}\r\n\r\n`, 431],
  ])("%s: refused in the shape of every other refusal", async (_, bytes, status) => {
    const [head = "", body = ""] = (await sendRaw(bytes)).split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(body)).toMatchObject({ error: "invalid_request" });
  });
});

describe("a body that is too large, or that nobody wanted", () => {
  /** One connection for all, as pools of proxies and clients keep them. */
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  afterAll(() => agent.destroy());

  const send = (method: string, pathname: string, body: Buffer | null, headers = {}) =>
    new Promise<{ status: number; error: unknown; isReused: boolean }>((resolve, reject) => {
      const request = startRequest(url(pathname), { method, agent, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => {
          const { error } = JSON.parse(text || "{}") as { error?: unknown };
          resolve({ status: response.statusCode ?? 0, error, isReused: request.reusedSocket });
        });
      });
      request.on("error", reject);
      request.end(body ?? undefined);
    });

  it.each([
    ["POST", "/api/auth/login", 150_000, 413, "payload_too_large"],
    ["POST", "/api/auth/login", 3_000_000, 413, "payload_too_large"],
    ["POST", "/oauth/token", 300_000, 413, "payload_too_large"],
    ["POST", "/api/trpc/auth.login", 300_000, 413, undefined],
    ["PUT", "/api/auth/login", 300_000, 405, "method_not_allowed"],
    ["PUT", "/sign-in", 300_000, 405, "method_not_allowed"],
  ])(
    "%s %s of %d bytes: the answer arrives, and the next request of the connection too",
    async (method, pathname, size, status, error) => {
      const headers = { "content-type": "application/json" };
      for (const declared of [{ "content-length": String(size) }, { "transfer-encoding": "chunked" }]) {
        const refused = await send(method, pathname, Buffer.alloc(size, 0x20), { ...headers, ...declared });
        expect(refused.status).toBe(status);
        if (error) expect(refused.error).toBe(error);
        expect(await send("GET", "/api/health", null)).toMatchObject({ status: 200, isReused: true });
      }
    },
  );

  it("that does not come to an end is not waited for, and its connection is given up", async () => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      answer += chunk;
    });
    socket.on("error", () => undefined);
    socket.write("POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n{");
    await once(socket, "close");
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toMatch(/^connection: close/im);
  });
});

describe("a fault in what answers", () => {
  it("of the pages answers 500 and nothing more, and the service goes on", async () => {
    await close();
    service = await startService();
    server = createNodeServer(service.container, service.api, () => {
      throw new Error("secret detail of the fault");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
    const response = await fetch(url("/"));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret detail");
    expect((await readJson("/api/health")).status).toBe(200);
  });
});

describe("request targets that mean different things to different readers", () => {
  it.each([
    "/x/../api/auth/server_time",
    "/x/%2e%2e/api/auth/server_time",
    "/x\\..\\api\\auth\\server_time",
    "//evil.example/api/auth/server_time",
    "http://evil.example/api/auth/server_time",
    "*",
  ])("%s reaches neither the pages nor the API", async (target) => {
    const answer = await sendRaw(`OPTIONS ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"error":"invalid_request"');
    expect(seenByPages).toEqual([]);
  });

  it("a whole address of our own is its path (RFC 9112 section 3.2.2)", async () => {
    const ask = (target: string) => sendRaw(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(await ask(`${APP_URL}/api/auth/server_time`)).toMatch(/^HTTP\/1\.1 200 .*"server_time":/s);
    expect(await ask(`${APP_URL}.evil.example/api/auth/server_time`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await ask(APP_URL)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("answers a request that offers an upgrade, whatever listens for those", async () => {
    server.on("upgrade", (_request, socket) => socket.destroy());
    await new Promise((resolve) => setImmediate(resolve));
    const answer = await sendRaw(
      "GET /api/health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("answers HEAD as GET, without the content", async () => {
    const response = await fetch(url("/api/health"), { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  it("refuses a parameter that is there twice", async () => {
    const { body } = await readJson("/api/auth/get_t");
    const { id } = body.captcha as { id: string };
    expect((await readJson(`/api/auth/captcha?id=${id}&id=${id}`)).status).toBe(400);
  });

  it("says so when the headers are too large, and that it may be the cookies", async () => {
    const answer = await sendRaw(
      `GET / HTTP/1.1\r\nHost: a\r\nCookie: x=${"y".repeat(40_000)}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain("please delete the cookies of this host");
  });
});
