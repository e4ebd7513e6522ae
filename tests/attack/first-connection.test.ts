import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe } from "vitest";
import type { Api } from "../../src/server/faces/api";
import { createNodeServer } from "../../src/server/node/node-server";
import { attack } from "../helpers/lab/attack";
import { startService, type TestService } from "../helpers/service";

/** Node takes one new connection in a turn of its loop, so a hundred of them come before a later caller. */
let service: TestService;
let server: ReturnType<typeof createNodeServer>;
let folder: string;
let rendered: number;
let begun: number;
/** What had been done by the time at which the health route was asked. */
let before: { readonly rendered: number; readonly begun: number } | undefined;

const PAGE_IN_MS = 5;
const CROWD = 100;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-crowd-"));
  service = await startService();
  [rendered, begun, before] = [0, 0, undefined];
  const api: Api = (request, transport) => {
    before = { rendered, begun };
    return service.api(request, transport);
  };
  server = createNodeServer(service.container, api, (_, response) => {
    for (const end = performance.now() + PAGE_IN_MS; performance.now() < end; );
    rendered += 1;
    response.end("page");
  });
  server.on("request", () => {
    begun += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await service.close();
  rmSync(folder, { recursive: true });
});

/** Connects a crowd that asks for pages, then one more that asks for something else, and says when all are connected. */
const crowd = `
  const { connect } = require("node:net");
  const { writeFileSync } = require("node:fs");
  const [port, count, flag] = process.argv.slice(1);
  const get = (target) => "GET " + target + " HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n";
  const dial = (text) => new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(text, resolve));
  });
  (async () => {
    for (let index = 0; index < Number(count); index += 1) await dial(get("/sign-in").repeat(50));
    await dial(get("/api/health"));
    writeFileSync(flag, "");
  })();
`;

describe("somebody's first connection", () => {
  attack(
    "comes behind a hundred that ask for fifty pages each, while the service is busy",
    "answered, behind at most 2 pages and hardly any requests behind the crowd's first ones",
    async () => {
      const flag = path.join(folder, "connected");
      const { port } = server.address() as AddressInfo;
      const child = spawn(process.execPath, ["-e", crowd, String(port), String(CROWD), flag]);
      // The service does nothing until all of them wait to be accepted.
      const pause = new Int32Array(new SharedArrayBuffer(4));
      while (!existsSync(flag)) Atomics.wait(pause, 0, 0, 20);
      while (before === undefined) await new Promise((resolve) => setImmediate(resolve));
      child.kill("SIGKILL");
      const pages = before.rendered <= 2 ? "at most 2" : before.rendered;
      const more = before.begun - CROWD - 1;
      return `answered, behind ${pages} pages and ${more <= CROWD / 10 ? "hardly any" : more} requests behind the crowd's first ones`;
    },
  );
});
