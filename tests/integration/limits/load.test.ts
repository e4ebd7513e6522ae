import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNodeServer } from "../../../src/server/node/node-server";
import { PASSWORD, startService, type TestService } from "../../helpers/service";
import { getTicket, times } from "../../helpers/steps/sign-in";

let service: TestService;
let server: Server;
let origin: string;

beforeAll(async () => {
  service = await startService();
  for (let i = 0; i < 20; i += 1) await service.addUser(`user-${i}`);
  server = createNodeServer(service.container, service.api, (_request, response) => void response.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await service.close();
});

describe("two hundred sign-ins at once", () => {
  it("leave the health route answering, and all get an answer", async () => {
    const tickets = await times(200, () => getTicket(service));
    let isRunning = true;
    let answered = 0;
    /** How many sign-ins were answered while the health route was: what it had to wait for, on a machine of any speed. */
    const waitedFor: number[] = [];
    const watch = (async () => {
      while (isRunning) {
        const before = answered;
        const response = await fetch(`${origin}/api/health`);
        await response.arrayBuffer();
        expect(response.status).toBe(200);
        waitedFor.push(answered - before);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    const statuses = await Promise.all(
      tickets.map(async ({ t }, index) => {
        const response = await fetch(`${origin}/api/auth/login`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ t, username: `user-${index % 20}`, password: PASSWORD }),
        });
        await response.arrayBuffer();
        answered += 1;
        return response.status;
      }),
    );
    isRunning = false;
    await watch;
    expect(statuses.filter((status) => status === 200)).toHaveLength(200);
    const sorted = waitedFor.sort((a, b) => a - b);
    // Without a cap on hashing the health route waits for the whole burst.
    expect(sorted.length).toBeGreaterThan(5);
    expect(sorted[Math.floor(sorted.length * 0.9)]).toBeLessThanOrEqual(200 / 4);
    expect(sorted.at(-1)).toBeLessThanOrEqual(200 / 2);
  });
});
