import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { createNodeServer } from "../../src/server/node/node-server";
import {
  type Answer,
  APP_URL,
  bearer,
  boundHeaders,
  type Device,
  PASSWORD,
  proofHeader,
  type TestService,
  type Tokens,
} from "./service";

/** What the tRPC face says of a refusal. */
export function reasonOf(answer: Answer): unknown {
  const error = answer.body.error as { data?: { reason?: unknown } } | string | undefined;
  return typeof error === "string" ? error : error?.data?.reason;
}

/** Who was recognised, on either face; undefined for a refusal. */
export function usernameIn(answer: Answer): unknown {
  const data = (answer.body.result as { data?: unknown } | undefined)?.data ?? answer.body;
  return (data as { user?: { username?: unknown } }).user?.username;
}

/** Refreshes with a proof by the device, or without one. */
export async function refresh(
  service: TestService,
  refreshToken: string,
  device?: Device,
  instance: TestService = service,
): Promise<Answer> {
  const headers = await proofHeader(device, "POST", "/api/auth/refresh-token", service.clock);
  return instance.call("/api/auth/refresh-token", { headers, json: { refresh_token: refreshToken } });
}

/** `me`, bound or bearer as the session is. */
export async function me(service: TestService, accessToken: string, device?: Device): Promise<Answer> {
  const headers = device
    ? await boundHeaders(device, "GET", "/api/auth/me", accessToken, service.clock)
    : bearer(accessToken);
  return service.call("/api/auth/me", { headers });
}

export interface CookieSignIn {
  readonly tokens: Tokens;
  /** The whole `Cookie` header a browser would send. */
  readonly cookie: string;
  /** Name → sealed value. */
  readonly cookies: ReadonlyMap<string, string>;
  readonly setCookies: readonly string[];
}

/** Signs in as our pages do: with a proof, an origin, and the refresh token in a cookie. */
export async function signInWithCookies(
  service: TestService,
  username: string,
  device: Device,
  origin = APP_URL,
): Promise<CookieSignIn> {
  const { clock } = service;
  const ticket = await service.call("/api/auth/get_t", {
    headers: await proofHeader(device, "GET", "/api/auth/get_t", clock),
  });
  const answer = await service.call("/api/auth/login", {
    headers: { ...(await proofHeader(device, "POST", "/api/auth/login", clock)), origin },
    json: { t: ticket.body.t, username, password: PASSWORD, delivery: "cookie" },
  });
  if (answer.status !== 200) throw new Error(`cookie sign-in answered ${answer.status}`);
  return { tokens: answer.body as unknown as Tokens, ...cookiesOf(answer) };
}

export function cookiesOf(answer: Answer) {
  const setCookies = answer.headers.getSetCookie();
  const cookies = new Map(
    setCookies.map((line) => {
      const pair = line.split(";", 1)[0] ?? "";
      return [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const;
    }),
  );
  return { setCookies, cookies, cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
}

/** Waits until `check` holds. The limit says nothing about how long it may take: it ends what hangs. */
export async function eventually(check: () => Promise<boolean>, limitInMs = 30_000): Promise<void> {
  const deadline = Date.now() + limitInMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`Not after ${limitInMs} ms: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The service behind our own HTTP server, for what `Request` cannot carry: repeated headers as they are on the wire. */
export async function listen(service: TestService): Promise<{ port: number; close(): Promise<void> }> {
  const server: Server = createNodeServer(service.container, service.api, async (_request, response) => {
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Writes a request byte by byte as given and reads the whole answer. */
export function sendRaw(
  port: number,
  lines: readonly string[],
  body = "",
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve({ status: Number(text.slice(9, 12)), text }));
    const head = [
      ...lines,
      "Host: localhost:3000",
      "Connection: close",
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  });
}
