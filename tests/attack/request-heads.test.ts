import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe } from "vitest";
import { attack } from "../helpers/lab/attack";
import { type ListeningService, listen } from "../helpers/listen";
import { startService, type TestService } from "../helpers/service";

/** RFC 9112 sections 2.2, 3.2, 5.2 and 6: what two readers may understand differently is answered 400, and nothing after it. */
let service: TestService;
let server: ListeningService;

beforeAll(async () => {
  service = await startService();
  server = await listen(service);
});
afterAll(async () => {
  server.close();
  await service.close();
});

/** What another reader might take for a request of its own. */
const smuggled = "GET /api/auth/server_time HTTP/1.1\r\nHost: a\r\n\r\n";

/** @returns the status of each answer, with the code of a refusal, until the server closed the connection */
async function send(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(server.origin).port), "127.0.0.1");
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("error", () => undefined);
  socket.write(bytes);
  await once(socket, "close");
  const answers = text.split(/(?=HTTP\/1\.1 \d{3} )/).map((answer) => {
    const [, status = "none"] = /^HTTP\/1\.1 (\d{3})/.exec(answer) ?? [];
    const [, code] = /"error":"(\w+)"/.exec(answer) ?? [];
    return code ? `${status} ${code}` : status;
  });
  return answers.join(", ");
}

const get = (...headers: string[]) => ["GET /api/health HTTP/1.1", ...headers, "", ""].join("\r\n");
const post = (...headers: string[]) =>
  ["POST /api/auth/server_time HTTP/1.1", "Host: a", ...headers, "", ""].join("\r\n");

const heads: readonly (readonly [string, string])[] = [
  ["two Host headers that say the same", get("Host: a", "hOST: a")],
  ["two hosts in one header", get("Host: a, b")],
  ["a Host with a path in it", get("Host: a/b@c")],
  ["no Host at all", get("Accept: */*")],
  ["two origins", post("Origin: http://localhost:3000", "Origin: http://evil.example")],
  ["two reports of where it comes from", post("Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site")],
  ["two lengths", `${post("Content-Length: 0", "Content-Length: 47")}`],
  ["two lengths in one header", post("Content-Length: 0, 0")],
  ["a length with a sign", post("Content-Length: +0")],
  ["a length and chunks", `${post("Content-Length: 5", "Transfer-Encoding: chunked")}0\r\n\r\n`],
  ["chunks and a length", `${post("Transfer-Encoding: chunked", "Content-Length: 5")}0\r\n\r\n`],
  ["chunks twice", `${post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")}0\r\n\r\n`],
  ["a coding that is almost chunked", `${post("Transfer-Encoding: xchunked")}0\r\n\r\n`],
  ["a coding beneath the chunks", `${post("Transfer-Encoding: gzip, chunked")}0\r\n\r\n`],
  [
    "chunks in HTTP/1.0",
    "POST /api/auth/server_time HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["a space before the colon", `${post("Transfer-Encoding : chunked")}0\r\n\r\n`],
  ["a folded line", get("Host: a", "X: 1", " 2")],
  ["a folded coding", `${post("Transfer-Encoding:", " chunked")}0\r\n\r\n`],
  ["a bare line feed after a header", "GET /api/health HTTP/1.1\r\nHost: a\r\nX: 1\nY: 2\r\n\r\n"],
  ["bare line feeds throughout", "GET /api/health HTTP/1.1\nHost: a\n\n"],
  ["a bare carriage return in a header", get("Host: a", "X: 1\rY: 2")],
  ["a zero byte in a header", get("Host: a", "X: \0")],
  ["a bare line feed after a chunk's size", `${post("Transfer-Encoding: chunked")}1\nx\r\n0\r\n\r\n`],
  ["a length in the trailers", `${post("Transfer-Encoding: chunked")}0\r\nContent-Length: 47\r\n\r\n`],
  ["HTTP/0.9", "GET /api/health\r\n\r\n"],
  ["HTTP/2.0 in the form of HTTP/1.1", "GET /api/health HTTP/2.0\r\nHost: a\r\n\r\n"],
];

describe("a request that can be read in two ways, with another one behind it", () => {
  attack("two Host headers", "400 invalid_request", () => send(get("Host: a", "Host: b") + smuggled));

  attack("two types of the body", "400 invalid_request", () =>
    send(post("Content-Type: application/json", "Content-Type: text/plain") + smuggled),
  );

  for (const [name, head] of heads) attack(name, "400 invalid_request", () => send(head + smuggled));
});

describe("a request behind which there are bytes that are none", () => {
  attack("an answer to the bytes comes before that to the request", "200, 400 invalid_request", () =>
    send(`${get("Host: a")}\u0000\u0001\r\n\r\n`),
  );
});
