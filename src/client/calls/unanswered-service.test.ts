import { describe, expect, it, vi } from "vitest";
import { failureOf, service } from "../../../tests/helpers/client/fresh-browser";
import { inQuickTime } from "../../../tests/helpers/client/quick-time";
import { account } from "../../../tests/helpers/client/tabs";
import { eachTestInQuickTime, never, open } from "../../../tests/helpers/client/unanswered";
import { steadyStream } from "./steady-stream";
import { timeLimitBehind } from "./time-limit";

eachTestInQuickTime();

/** Sends the headers, and of the body the beginning. */
const stalling = (headers: Record<string, string> = {}) =>
  new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('[{"result":')),
    }),
    { headers: { "Content-Type": "application/json", ...headers } },
  );

describe.each([
  ["whose headers never come", never<Response>],
  ["whose body stalls", async () => stalling()],
  ["whose refusal stalls", async () => new Response(stalling().body, { status: 401 })],
])("an answer %s", (_what, answer) => {
  it("ends a ticket, a sign-in, a refresh and a call of the API, also where fetch knows no signal", async () => {
    let isStuck = false;
    const { fetch } = service.browser();
    const client = open({ fetch: (url, init) => (isStuck ? answer() : fetch(url, init)) });
    await inQuickTime(client.auth.signInWithPassword(account));
    isStuck = true;
    const stuck = { status: "unavailable", cause: "network" };
    expect(await inQuickTime(client.auth.getTicket())).toEqual(stuck);
    expect(await inQuickTime(client.auth.signInWithPassword(account))).toEqual(stuck);
    const failure = await inQuickTime(failureOf(client.trpc.auth.me.query()));
    expect(timeLimitBehind(failure)?.what).toBe("network");
    isStuck = false;
    expect(await inQuickTime(client.trpc.auth.me.query())).toMatchObject({ user: { username: "ada" } });
  });
});

describe("a stream", () => {
  it("whose headers never come is had again", async () => {
    const { fetch } = service.browser();
    let stuck = 0;
    const client = open({
      fetch: (url, init) => {
        if (!String(url).includes("sessions.live") || stuck > 0) return fetch(url, init);
        stuck += 1;
        return never();
      },
    });
    await inQuickTime(client.auth.signInWithPassword(account));
    const ready = new Promise<void>((resolve) => {
      client.live.onEvent(({ type }) => type === "ready" && resolve());
    });
    await inQuickTime(ready);
    expect(stuck).toBe(1);
    client.close();
  });

  const bytes = (text: string) => new TextEncoder().encode(text);
  const read = (body: ReadableStream<Uint8Array>) =>
    new Response(steadyStream(body)).text().then(
      (text) => text,
      (error: unknown) => timeLimitBehind(error)?.what ?? error,
    );

  it("whose first byte never comes fails", async () => {
    expect(await inQuickTime(read(new ReadableStream()))).toBe("network");
  });

  it("that falls silent fails, and ends its connection", async () => {
    const cancel = vi.fn();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes("data: one\n\n")),
      cancel,
    });
    expect(await inQuickTime(read(body))).toBe("network");
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("that is alive is read for as long as it is", async () => {
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (let ping = 0; ping < 5; ping += 1) {
          controller.enqueue(bytes(":"));
          await new Promise((resolve) => setTimeout(resolve, 15_000));
        }
        controller.close();
      },
    });
    expect(await inQuickTime(read(body))).toBe(":::::");
  });
});
