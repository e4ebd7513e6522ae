import { once } from "node:events";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { partyOf } from "../../modules/rate-limits";
import { limitPages, type PageHandler, type PagePlaces } from "./page-places";

/** The limit only ends a test that hangs. */
const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000 });

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** @returns how to ask for a page, each over a connection of its own, from an address */
async function serve(pages: PageHandler, places: PagePlaces) {
  const limited = limitPages(pages, places);
  server = createServer((request, response) => {
    const party = partyOf(String(request.headers["x-from"] ?? "192.0.2.1"));
    Promise.resolve(limited(request, response, party)).catch(() => response.writeHead(500).end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return (path: string, from = "192.0.2.1") => {
    const request = get({ port, host: "127.0.0.1", path, agent: false, headers: { "x-from": from } });
    request.on("error", () => undefined);
    const answer = once(request, "response").then(([response]) => response as IncomingMessage);
    return { request, answer };
  };
}

describe("limitPages", () => {
  it("renders a few at once, the others in their order, and all of them in the end", async () => {
    const finish: (() => void)[] = [];
    const begun: (string | undefined)[] = [];
    const ask = await serve(
      async ({ url }, response) => {
        begun.push(url);
        await new Promise<void>((resolve) => void finish.push(resolve));
        response.end();
      },
      { atOnce: 2 },
    );
    const answers = [];
    for (const path of ["/1", "/2", "/3", "/4"]) {
      answers.push(ask(path).answer);
      await new Promise((resolve) => server.once("request", resolve));
    }
    await eventually(() => expect(begun).toEqual(["/1", "/2"]));
    finish.shift()?.();
    await eventually(() => expect(begun).toEqual(["/1", "/2", "/3"]));
    finish.shift()?.();
    await eventually(() => expect(begun).toHaveLength(4));
    for (const end of finish) end();
    expect((await Promise.all(answers)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
  });

  it("keeps no place for a reader that takes its time, and none for one that has gone", async () => {
    const ask = await serve(
      ({ url }, response) => {
        if (url === "/gone") return new Promise(() => {});
        if (url !== "/slow") return void response.end("page");
        response.write(Buffer.alloc(64 * 1024 * 1024));
        return new Promise(() => {});
      },
      { atOnce: 1 },
    );
    const slow = await ask("/slow").answer;
    slow.pause();
    expect((await ask("/").answer).statusCode).toBe(200);
    const gone = ask("/gone");
    gone.answer.catch(() => undefined);
    await new Promise((resolve) => server.once("request", resolve));
    gone.request.destroy();
    expect((await ask("/").answer).statusCode).toBe(200);
  });

  it("says that the service is busy when too many wait, and when to come again", async () => {
    const ask = await serve(() => new Promise(() => {}), { atOnce: 1, queueLimit: 2 });
    for (let i = 0; i < 3; i += 1) {
      ask("/", `192.0.2.${i}`).answer.catch(() => undefined);
      await new Promise((resolve) => server.once("request", resolve));
    }
    // The first is being rendered by now, and two wait.
    await new Promise((resolve) => setImmediate(resolve));
    const refused = await ask("/").answer;
    expect(refused.statusCode).toBe(503);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    const [body] = await refused.setEncoding("utf8").toArray();
    expect(JSON.parse(String(body))).toMatchObject({ error: "temporarily_unavailable" });
  });

  it("keeps room for others from an address that asks for many, and renders theirs in between", async () => {
    const finish: (() => void)[] = [];
    const begun: (string | undefined)[] = [];
    const ask = await serve(
      async ({ url }, response) => {
        begun.push(url);
        await new Promise<void>((resolve) => void finish.push(resolve));
        response.end();
      },
      { atOnce: 1, queueLimit: 9 },
    );
    const crowd = [];
    for (let i = 0; i < 8; i += 1) {
      crowd.push(ask(`/crowd-${i}`).answer);
      await once(server, "request");
    }
    const other = ask("/other", "198.51.100.1").answer;
    await once(server, "request");
    for (let rendered = 0; rendered < 6; rendered += 1) {
      await eventually(() => expect(begun).toHaveLength(rendered + 1));
      finish[rendered]?.();
    }
    expect((await other).statusCode).toBe(200);
    expect(begun.slice(0, 3)).toContain("/other");
    const statuses = (await Promise.all(crowd)).map(({ statusCode }) => statusCode);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 503, 503, 503]);
  });

  it("waits with the next page until no new connection comes any more, and not for ever", async () => {
    let taken = 0;
    let isArriving = true;
    const arrive = () => {
      taken += 1;
      if (isArriving) setImmediate(arrive);
    };
    let turnsBefore = 0;
    const ask = await serve((_, response) => void response.end(), {
      takenConnections: () => {
        turnsBefore += 1;
        return taken;
      },
    });
    const turnsOf = async () => {
      turnsBefore = 0;
      expect((await ask("/").answer).statusCode).toBe(200);
      return turnsBefore;
    };
    const quiet = await turnsOf();
    arrive();
    const crowded = await turnsOf();
    isArriving = false;
    expect(quiet).toBeLessThan(20);
    expect(crowded).toBeGreaterThan(100);
  });

  it("passes a fault of the pages on", async () => {
    const ask = await serve(
      () => {
        throw new Error("a fault");
      },
      { atOnce: 1 },
    );
    for (let i = 0; i < 3; i += 1) expect((await ask("/").answer).statusCode).toBe(500);
  });
});
