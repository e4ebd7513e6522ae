import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:https";
import { type AddressInfo, connect as plainConnect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Connections } from "../node/connections";
import { closeServer } from "../node/node-server";
import { readEnvironment } from "../settings/environment";
import { prepareLanMode } from "./lan-mode";

/** The limit only ends a test that hangs. */
const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000 });

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

async function startLanServer() {
  const lan = await prepareLanMode(
    readEnvironment({ APP_URL: "https://kitchen.local:3000", DATA_DIR: dataDir }),
  );
  const made = lan.createServer({
    listener: (_request, response) => response.end(),
    connections: new Connections(),
  });
  server = made;
  made.listen(0, "127.0.0.1");
  await once(made, "listening");
  return { lan, made, where: made.address() as AddressInfo };
}

describe("prepareLanMode", () => {
  it("makes a server whose stop does not wait for a connection that has said nothing", async () => {
    const { made, where } = await startLanServer();
    const connected = once(made, "connection");
    const silent = plainConnect(where.port, "127.0.0.1").on("error", () => undefined);
    await connected;
    // No time passes for timers: neither the connection's patience nor the stop's comes to its end.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await closeServer(made);
    silent.destroy();
  });

  it("puts the address in the place of APP_URL, and shows a renewed certificate without a new start", async () => {
    const { lan, where } = await startLanServer();
    expect(lan.environment.appUrl.origin).toBe("https://kitchen.local:3000");
    const { root } = lan.certificate;
    const first = await fingerprintAt(where, root);
    expect(await fingerprintAt(where, root)).toBe(first);

    rmSync(path.join(dataDir, "lan", "server.pem"));
    await vi.advanceTimersByTimeAsync(86_400_000);
    await eventually(async () => expect(await fingerprintAt(where, root)).not.toBe(first));
  });
});
