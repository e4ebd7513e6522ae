import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { QrStatusOutput } from "../../../src/contract/qr";
import { qrStatuses } from "../../../src/server/faces/trpc/qr-statuses";
import { createNodeServer } from "../../../src/server/node/node-server";
import { APP_URL, proofHeader, startService, type TestService } from "../../helpers/service";
import { countStatements } from "../../helpers/statement-count";
import {
  byComputer,
  confirm,
  createQr,
  redeem,
  type SignedInPhone,
  scan,
  signedInPhone,
  type WaitingComputer,
} from "../../helpers/steps/qr";
import { eventually, listen } from "../../helpers/wire";
import { type EventReader, readEvents, statesIn } from "./event-reader";

const statementCount = countStatements();

let service: TestService;
let phone: SignedInPhone;
let server: { port: number; close(): Promise<void> };
const open: EventReader[] = [];
const others: TestService[] = [];

beforeEach(async () => {
  // Intervals are run by hand: half a second is what the looks of half a second find out, on a busy machine too.
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  service = await startService();
  await service.addUser("ada");
  phone = await signedInPhone(service, "ada");
  server = await listen(service);
});

afterEach(async () => {
  vi.useRealTimers();
  for (const reader of open.splice(0)) reader.close();
  await server.close();
  for (const other of others.splice(0)) await other.close();
  await service.close();
});

async function watch(computer: WaitingComputer, port = server.port): Promise<EventReader> {
  const reader = await readEvents(port, computer);
  open.push(reader);
  return reader;
}

const until = (check: () => boolean) => eventually(async () => check());
/** Lets the intervals of a time come due, and no more of them. */
const pass = (timeInMs: number) => vi.advanceTimersByTime(timeInMs);
/** Lets one look for other processes' commits happen, and come to its end. */
const look = async () => {
  const { looksForCommits } = statementCount();
  await until(() => {
    pass(200);
    return statementCount().looksForCommits > looksForCommits;
  });
};
/** What the first look leads to is read after it. */
const settle = () =>
  eventually(async () => {
    const { statements } = statementCount();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return statementCount().statements === statements;
  });
const cancel = (computer: WaitingComputer, on = service) =>
  byComputer(on, computer.device, "/api/auth/qr/cancel", { device_code: computer.deviceCode });

describe("the plain stream", () => {
  it("says each state once, in order, and ends after the last", async () => {
    const computer = await createQr(service);
    const reader = await watch(computer);
    await until(() => reader.states.length === 1);
    const scanned = await scan(service, phone, computer);
    await until(() => reader.states.length === 2);
    await confirm(service, phone, scanned);
    await until(() => reader.states.length === 3);
    expect((await redeem(service, computer)).status).toBe(200);
    await reader.ended;
    expect(reader.states).toEqual(["pending", "scanned", "approved", "consumed"]);
  });

  it("says what had already happened to a caller that comes back, also when that was the end", async () => {
    const computer = await createQr(service);
    const first = await watch(computer);
    await until(() => first.states.length === 1);
    first.close();
    await scan(service, phone, computer);
    const second = await watch(computer);
    await until(() => second.states.length === 1);
    expect(second.states).toEqual(["scanned"]);
    second.close();
    await cancel(computer);
    const third = await watch(computer);
    await third.ended;
    expect(third.states).toEqual(["cancelled"]);
  });

  it("tells of expiry, which is nobody's act, within two seconds, and ends", async () => {
    const computer = await createQr(service);
    const reader = await watch(computer);
    await until(() => reader.states.length === 1);
    service.clock.advance(121);
    pass(1_999);
    await until(() => reader.states.length === 2);
    await reader.ended;
    expect(reader.states).toEqual(["pending", "expired"]);
  });

  it("has four places for one request: ten at once get no more, and nobody is left without an answer", async () => {
    const computer = await createQr(service);
    const ten = await Promise.all(Array.from({ length: 10 }, () => watch(computer)));
    await until(() => ten.filter(({ states }) => states.length > 0).length === 4);
    const refused = ten.filter(({ states }) => states.length === 0);
    await Promise.all(refused.map(({ ended }) => ended));
    expect(refused.map(({ status }) => status)).toEqual(Array(6).fill(429));
    const fifth = await watch(computer);
    expect(fifth.status).toBe(429);

    // The place of one that has gone is free again, and a second request has its own.
    ten.find(({ states }) => states.length > 0)?.close();
    await expect.poll(async () => (await watch(computer)).status).toBe(200);
    const another = await watch(await createQr(service));
    expect(another.status).toBe(200);
  });

  it("takes no place when only its head is asked for", async () => {
    const computer = await createQr(service);
    for (let round = 0; round < 8; round += 1) {
      const answer = await service.call(`/api/auth/qr/${computer.qrId}/events`, {
        method: "HEAD",
        headers: { authorization: `Watch ${computer.watchToken}` },
      });
      expect(answer.status).toBe(200);
    }
    expect((await watch(computer)).status).toBe(200);
  });

  it("gives its place back when a host that reads it as a body goes away", async () => {
    const computer = await createQr(service);
    for (let round = 0; round < 8; round += 1) {
      const request = new Request(`${APP_URL}/api/auth/qr/${computer.qrId}/events`, {
        headers: { authorization: `Watch ${computer.watchToken}` },
      });
      const response = await service.api(request, { address: "192.0.2.1" });
      const reader = response.body?.getReader();
      const { value } = (await reader?.read()) ?? {};
      expect(statesIn(new TextDecoder().decode(value))).toEqual(["pending"]);
      await reader?.cancel();
    }
  });

  it("hears a change on another instance within 500 ms", async () => {
    const other = await service.another();
    others.push(other);
    const computer = await createQr(service);
    const reader = await watch(computer);
    await until(() => reader.states.length === 1);
    const scanned = await scan(other, phone, computer);
    pass(499);
    await until(() => reader.states.length === 2);
    await confirm(other, phone, scanned);
    pass(499);
    await until(() => reader.states.length === 3);
    expect(reader.states).toEqual(["pending", "scanned", "approved"]);
  });

  it("asks the database nothing while nothing happens, however many wait", async () => {
    const computers = await Promise.all(Array.from({ length: 20 }, () => createQr(service)));
    const readers = await Promise.all(computers.map((computer) => watch(computer)));
    await until(() => readers.every(({ states }) => states.length === 1));
    await look();
    await settle();
    const before = statementCount();
    for (let count = 0; count < 10; count += 1) await look();
    const after = statementCount();
    expect(after.looksForCommits - before.looksForCommits).toBeGreaterThanOrEqual(10);
    expect(after.statements - before.statements).toBe(0);
  });

  it("ends at once when the service is about to stop, and begins no other", async () => {
    const computers = await Promise.all(Array.from({ length: 5 }, () => createQr(service)));
    const readers = await Promise.all(computers.map((computer) => watch(computer)));
    await until(() => readers.every(({ states }) => states.length === 1));
    // No interval comes due from here on, and the server ends nothing by itself: the streams do.
    service.container.endStreams();
    await Promise.all(readers.map(({ ended }) => ended));
    const [computer] = computers;
    if (computer) expect((await watch(computer)).status).toBe(503);
  });
});

describe("what only a host without our server sees", () => {
  it("a watcher that comes between the look for a place and the stream finds an end, and no fault is left behind", async () => {
    const computer = await createQr(service);
    const request = () =>
      new Request(`${APP_URL}/api/auth/qr/${computer.qrId}/events`, {
        headers: { authorization: `Watch ${computer.watchToken}` },
      });
    // All have looked for a place before the first of them begins.
    const responses = await Promise.all(
      Array.from({ length: 7 }, () => service.api(request(), { address: "192.0.2.1" })),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array(7).fill(200));
    const bodies = responses.map((response) => response.body?.getReader());
    const firsts = await Promise.all(bodies.map((reader) => reader?.read()));
    expect(firsts.filter((first) => first?.done === false)).toHaveLength(4);
    expect(firsts.filter((first) => first?.done === true)).toHaveLength(3);
    await Promise.all(bodies.map((reader) => reader?.cancel()));
  });
});

describe("the subscription of the typed face", () => {
  const subscribe = async (computer: WaitingComputer, device = computer.device) => {
    const path = "/api/trpc/qr.watch";
    const input = encodeURIComponent(JSON.stringify({ qr_id: computer.qrId }));
    const headers = {
      ...(await proofHeader(device, "GET", path, service.clock)),
      accept: "text/event-stream",
    };
    const stop = new AbortController();
    const request = new Request(`${APP_URL}${path}?input=${input}`, { headers, signal: stop.signal });
    const response = await service.api(request, { address: "192.0.2.1" });
    return { response, stop };
  };
  /** @returns how to read on until a pattern has come; it answers all that came so far */
  const readerOf = (response: Response) => {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    return async (pattern: RegExp): Promise<string> => {
      while (reader && !pattern.test(text)) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
      }
      return text;
    };
  };
  const readUntil = (response: Response, pattern: RegExp) => readerOf(response)(pattern);

  it("tells the states to the key that asked for the code, and ends after the last", async () => {
    const computer = await createQr(service);
    const read = readerOf((await subscribe(computer)).response);
    await read(/"status":"pending"/);
    await scan(service, phone, computer);
    await read(/"status":"scanned"/);
    await cancel(computer);
    const text = await read(/event: return/);
    expect([...text.matchAll(/"status":"(\w+)"/g)].map(([, status]) => status)).toEqual([
      "pending",
      "scanned",
      "cancelled",
    ]);
  });

  it("tells another key nothing, not even that there is such a request", async () => {
    const computer = await createQr(service);
    const stranger = await createQr(service);
    const wrong = await readUntil((await subscribe(computer, stranger.device)).response, /qr_not_found/);
    expect(wrong).toContain("qr_not_found");
    expect(wrong).not.toContain('"status":"pending"');
    const none = { ...computer, qrId: "AAAAAAAAAAAAAAAAAAAAAA" };
    const unknown = await readUntil((await subscribe(none)).response, /qr_not_found/);
    expect(unknown).toContain("qr_not_found");
  });

  it("lets go of its place when the client goes", async () => {
    const computer = await createQr(service);
    for (let round = 0; round < 8; round += 1) {
      const { response, stop } = await subscribe(computer);
      expect(await readUntil(response, /"status"/)).toContain('"status":"pending"');
      stop.abort();
      await until(() => service.container.streams.openCount === 0);
    }
  });
});

describe("a watcher inside the process", () => {
  it("gets a state that changed before its first look only once", async () => {
    const computer = await createQr(service);
    const seen: QrStatusOutput[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const state of qrStatuses(service.container.qrWatch, computer.qrId, stop.signal))
        seen.push(state);
    })();
    const scanned = await scan(service, phone, computer);
    await confirm(service, phone, scanned);
    await until(() => seen.at(-1)?.status === "approved");
    stop.abort();
    await reading;
    const order = ["pending", "scanned", "approved"];
    const places = seen.map(({ status }) => order.indexOf(status));
    expect(places).toEqual([...new Set(places)].sort());
  });
});

it("a server with open streams closes when the streams have ended, without force", async () => {
  const other = await service.another();
  const http = createNodeServer(other.container, other.api, (_request, response) => {
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as { port: number };
  const computers = await Promise.all(Array.from({ length: 10 }, () => createQr(other)));
  const readers = await Promise.all(computers.map((computer) => watch(computer, port)));
  await until(() => readers.every(({ states }) => states.length === 1));
  other.container.endStreams();
  await new Promise<void>((resolve) => {
    http.close(() => resolve());
    http.closeIdleConnections();
  });
  await other.close();
});
