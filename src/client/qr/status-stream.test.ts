import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { QrStatusOutput } from "../../contract/qr";
import type { QrCode } from "./state";
import { createFollowStream } from "./status-stream";

const code = { qrId: "a/b", watchToken: "w-1" } as QrCode;
const scanned = { status: "scanned", confirmation: "tap", scanned_by: "A•••", expires_in: 99 };
const event = (data: unknown) => `event: status\ndata: ${JSON.stringify(data)}\n\n`;

let told: QrStatusOutput[];
let stop: AbortController;
let send: (chunk: string | Uint8Array) => void;
let end: () => void;
let requests: { url: string; headers: Headers; signal: AbortSignal | null | undefined }[];
let hasEnded: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  stop = new AbortController();
  requests = [];
  hasEnded = false;
});
afterEach(() => vi.useRealTimers());

function follow(init: ResponseInit = { headers: { "content-type": "text/event-stream; charset=utf-8" } }) {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      send = (chunk) =>
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      end = () => controller.close();
    },
  });
  const followStream = createFollowStream({
    baseUrl: "https://service.test",
    fetch: async (url, { headers, signal } = {}) => {
      requests.push({ url: String(url), headers: new Headers(headers), signal });
      return new Response(body, init);
    },
  });
  void followStream(code, (each) => told.push(each), stop.signal).then(() => {
    hasEnded = true;
  });
  return vi.advanceTimersByTimeAsync(1);
}

const pass = (durationInMs: number) => vi.advanceTimersByTimeAsync(durationInMs);

describe("the stream of a waiting computer", () => {
  it("carries the watch token in a header, and nothing secret in its address", async () => {
    await follow();
    expect(requests[0]?.url).toBe("https://service.test/api/auth/qr/a%2Fb/events");
    expect(requests[0]?.headers.get("authorization")).toBe("Watch w-1");
  });

  it("tells each status, however it is cut into pieces", async () => {
    await follow();
    const bytes = new TextEncoder().encode(`:\n\n${event(scanned)}event: other\ndata: {}\n\n`);
    // The bullet is three bytes.
    for (const byte of bytes) send(new Uint8Array([byte]));
    send("event: status\ndata: not json\n\n");
    send(event({ status: "approved", expires_in: 98 }));
    await pass(1);
    expect(told).toEqual([scanned, { status: "approved", expires_in: 98 }]);
    end();
    await pass(1);
    expect(hasEnded).toBe(true);
  });

  it("is given up when it says nothing within five seconds", async () => {
    await follow();
    send(":\n\n");
    await pass(4_900);
    expect(hasEnded).toBe(false);
    await pass(200);
    expect(hasEnded).toBe(true);
    expect(requests[0]?.signal?.aborted).toBe(true);
  });

  it("lives on pings, and is given up when they stay away", async () => {
    await follow();
    send(event(scanned));
    for (let n = 0; n < 10; n += 1) {
      await pass(15_000);
      send(":\n\n");
    }
    await pass(39_000);
    expect(hasEnded).toBe(false);
    await pass(2_000);
    expect(hasEnded).toBe(true);
  });

  it.each([
    ["a refusal", { status: 429, headers: { "content-type": "application/json" } }],
    ["a page of something in between", { headers: { "content-type": "text/html" } }],
  ])("%s ends it at once", async (_, init) => {
    await follow(init);
    expect(hasEnded).toBe(true);
    expect(told).toEqual([]);
  });

  it("ends with its signal, and tells nothing any more", async () => {
    await follow();
    stop.abort();
    await pass(1);
    expect(hasEnded).toBe(true);
    expect(requests[0]?.signal?.aborted).toBe(true);
  });
});
