import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { expressCors, fastifyCors, withCors } from "./adapters/cors";
import { createCors } from "./cors";

const page = "https://app.example.com";
const options = { origins: [page] };
const preflight = { origin: page, "access-control-request-method": "PUT" };

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Each adapter around a handler that answers 401, as the verifier does. */
const adapters = {
  withCors: async () => {
    const handler = withCors(options, () => new Response(null, { status: 401, headers: { vary: "Accept" } }));
    return (method: string, headers: Record<string, string>) =>
      handler(new Request("https://api.example.com/", { method, headers }));
  },
  expressCors: async () => {
    const middleware = expressCors(options);
    const server = createServer((request, response) => {
      response.setHeader("vary", "Accept");
      middleware(request, response, () => void response.writeHead(401).end());
    });
    server.listen(0, "127.0.0.1");
    cleanups.push(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return (method: string, headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${port}/`, { method, headers });
  },
  fastifyCors: async () => {
    const hook = fastifyCors(options);
    return async (method: string, headers: Record<string, string>) => {
      const answer = { status: 401, isSent: false, headers: new Headers({ vary: "Accept" }) };
      const reply = {
        code(status: number) {
          answer.status = status;
          return reply;
        },
        header(name: string, value: string) {
          answer.headers.set(name, value);
          return reply;
        },
        getHeader: (name: string) => answer.headers.get(name) ?? undefined,
        send() {
          answer.isSent = true;
          return reply;
        },
      };
      await hook({ method, headers }, reply);
      expect(answer.isSent).toBe(answer.status === 204);
      return answer;
    };
  },
};

describe.each(Object.entries(adapters))("%s", (_name, open) => {
  it("answers a preflight request of a listed origin, with the token's and the proof's header allowed", async () => {
    const send = await open();
    const { status, headers } = await send("OPTIONS", preflight);
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBe(page);
    expect(headers.get("access-control-allow-headers")).toBe("authorization, dpop, content-type");
    expect(headers.get("access-control-allow-methods")).toContain("PUT");
    expect(headers.get("access-control-allow-credentials")).toBeNull();
    expect(headers.get("vary")).toMatch(/\bOrigin$/);
  });

  it("lets a listed origin read a refusal, with its challenge and its nonce", async () => {
    const send = await open();
    const { status, headers } = await send("GET", { origin: page });
    expect(status).toBe(401);
    expect(headers.get("access-control-allow-origin")).toBe(page);
    expect(headers.get("access-control-expose-headers")).toBe("www-authenticate, dpop-nonce, retry-after");
    expect(headers.get("vary")).toBe("Accept, Origin");
  });

  it.each([
    "https://app.example.com.evil.example",
    "http://app.example.com",
    "https://app.example.com:444",
    "null",
  ])("allows %s nothing, and answers its preflight request by itself", async (origin) => {
    const send = await open();
    for (const method of ["OPTIONS", "GET"]) {
      const { status, headers } = await send(method, { ...preflight, origin });
      expect(status).toBe(method === "OPTIONS" ? 204 : 401);
      expect(
        ["origin", "headers", "methods"].map((name) => headers.get(`access-control-allow-${name}`)),
      ).toEqual([null, null, null]);
      expect(headers.get("vary")).toMatch(/\bOrigin$/);
    }
  });

  it("hands on a request without an origin, and an OPTIONS request that is no preflight", async () => {
    const send = await open();
    expect((await send("GET", {})).status).toBe(401);
    expect((await send("OPTIONS", { origin: page })).status).toBe(401);
  });
});

describe("createCors", () => {
  it("adds the service's own headers to those that are allowed and readable", () => {
    const cors = createCors({ ...options, allowedHeaders: ["x-trace"], exposedHeaders: ["etag"] });
    const allowed = cors({ method: "OPTIONS", origin: page, requestedMethod: "GET" }).headers;
    const readable = cors({ method: "GET", origin: page, requestedMethod: null }).headers;
    expect(allowed["access-control-allow-headers"]).toMatch(/, x-trace$/);
    expect(readable["access-control-expose-headers"]).toMatch(/, etag$/);
  });

  it.each(["*", "null", "https://app.example.com/", "https://app.example.com/app", "app.example.com", 5])(
    "refuses %s as an origin",
    (origin) => {
      expect(() => createCors({ origins: [origin as string] })).toThrow("origins is no list of origins");
    },
  );

  it("takes the origins of extensions and apps, and refuses an option that it does not know", () => {
    createCors({ origins: ["chrome-extension://abcdef", "capacitor://localhost"] });
    expect(() => createCors({ ...options, credentials: true } as typeof options)).toThrow("credentials");
  });
});
