import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readEnvironment } from "../environment";
import { Connections } from "../node/connections";
import { prepareLanMode } from "./lan-mode";

let dataDir: string;
let server: Server | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), "countersign-lan-"));
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
  server?.close();
  rmSync(dataDir, { recursive: true });
});

async function fingerprintAt({ port }: AddressInfo, ca: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, ca, servername: "kitchen.local" });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

describe("prepareLanMode", () => {
  it("puts the address in the place of APP_URL, and shows a renewed certificate without a new start", async () => {
    const lan = await prepareLanMode(
      readEnvironment({ APP_URL: "https://kitchen.local:3000", DATA_DIR: dataDir }),
    );
    expect(lan.environment.appUrl.origin).toBe("https://kitchen.local:3000");
    server = lan.createServer({
      listener: (_request, response) => response.end(),
      connections: new Connections(),
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const where = server.address() as AddressInfo;
    const { root } = lan.certificate;
    const first = await fingerprintAt(where, root);
    expect(await fingerprintAt(where, root)).toBe(first);

    rmSync(path.join(dataDir, "lan", "server.pem"));
    await vi.advanceTimersByTimeAsync(86_400_000);
    await vi.waitFor(async () => expect(await fingerprintAt(where, root)).not.toBe(first));
  });
});
