import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { errorTable } from "../../contract/errors";
import { securityHeaders } from "../request/responses";
import type { Pipeline } from "./pipeline";

/** Enough for what is too large by mistake. Who sends more may lose the answer with the connection. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
const MAX_WAIT_IN_MS = 2_000;
const TOO_LARGE = "431 Request Header Fields Too Large";
/** People see this in their browser, until they do what it says. Cookies of other services on this host count too. */
const tooLargeMessage =
  "The headers of the request are too large. In a browser, please delete the cookies of this host and try again.";

/**
 * Reads past what an answer did not wait for, within bounds. Clients listen only when they have sent all, and what is left
 * of a body would come before the next request of its connection (RFC 9112 section 9.3).
 *
 * @param body the request's own, of which nobody reads any more
 * @returns whether the connection is good for another request
 */
export async function readPast(
  request: IncomingMessage,
  body: ReadableStream<Uint8Array> | null,
): Promise<boolean> {
  if (request.complete) return true;
  // We read no body of these. A proxy that asks whether it may let a request through often announces the body of that
  // request and does not send it: to wait for it would hold up everything behind the proxy.
  if (request.method === "GET" || request.method === "HEAD") {
    request.resume();
    return false;
  }
  await body?.cancel().catch(() => {});
  return new Promise((resolve) => {
    let left = MAX_UNREAD_BYTES;
    const count = (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) finish();
    };
    const finish = () => {
      clearTimeout(timer);
      request.off("data", count).off("end", finish).off("close", finish);
      resolve(request.complete);
    };
    const timer = setTimeout(finish, MAX_WAIT_IN_MS);
    request.on("data", count).once("end", finish).once("close", finish);
    request.resume();
  });
}

/**
 * Answers what is no HTTP, or too slow, or too long to become a request, in the shape of every other refusal: after the
 * answers to what came before it on its connection.
 */
export function refuseUnreadable(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  pipeline: Pipeline | undefined,
): void {
  const end = () => {
    if (pipeline?.hasBegunEarlyAnswer) socket.destroy();
    else endWithRefusal(error, socket);
  };
  if (pipeline) pipeline.endAfterAnswers(end);
  else end();
}

function endWithRefusal(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) return;
  const status = statusOf(error);
  const body = JSON.stringify({
    error: "invalid_request",
    error_description: status === TOO_LARGE ? tooLargeMessage : errorTable.invalid_request.message,
    request_id: crypto.randomUUID(),
  });
  const head = [
    `HTTP/1.1 ${status}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  // What the other side still sends is read past, else it would lose this answer; it need not ever come to its end.
  const timer = setTimeout(() => socket.destroy(), MAX_WAIT_IN_MS);
  socket.once("close", () => clearTimeout(timer));
  socket.resume();
}

function statusOf({ code }: NodeJS.ErrnoException): string {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return TOO_LARGE;
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return "408 Request Timeout";
    default:
      return "400 Bad Request";
  }
}
