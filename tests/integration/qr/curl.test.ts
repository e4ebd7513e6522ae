import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as dpop from "dpop";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ListeningService, listen } from "../../helpers/listen";
import {
  APP_URL,
  type Device,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
} from "../../helpers/service";

interface Said {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const run = promisify(execFile);

/** Nothing but curl, and a proof made by the npm package `dpop`. */
describe("sign-in by QR code with curl", () => {
  let service: TestService;
  let server: ListeningService;

  beforeAll(async () => {
    service = await startService();
    await service.addUser("ada");
    server = await listen(service);
  });

  afterAll(async () => {
    server.close();
    await service.close();
  });

  async function curl(device: Device, path: string, data?: object, accessToken?: string): Promise<Said> {
    const method = data === undefined ? "GET" : "POST";
    const proof = await dpop.generateProof(device, APP_URL + path, method, undefined, accessToken);
    const { stdout } = await run("curl", [
      ...["-s", "-w", "\n%{http_code}", "-H", `DPoP: ${proof}`],
      ...(accessToken === undefined ? [] : ["-H", `Authorization: DPoP ${accessToken}`]),
      ...(data === undefined ? [] : ["-H", "Content-Type: application/json", "-d", JSON.stringify(data)]),
      server.origin + path,
    ]);
    const end = stdout.lastIndexOf("\n");
    const text = stdout.slice(0, end);
    return { status: Number(stdout.slice(end + 1)), body: text === "" ? {} : JSON.parse(text) };
  }

  it("goes from a code to a session of the computer's own, watched as Server-Sent Events", async () => {
    const [phone, computer] = [await newDevice(), await newDevice()];
    const { body: ticket } = await curl(phone, "/api/auth/get_t");
    const login = { t: ticket.t, username: "ada", password: PASSWORD };
    const { body: mine } = await curl(phone, "/api/auth/login", login);
    const token = String(mine.access_token);

    const { status, body: qr } = await curl(computer, "/api/auth/qr", {});
    expect(status).toBe(201);
    const { device_code } = qr;
    // Ends by itself after the last state.
    const watching = run("curl", [
      ...["-s", "-N", "--max-time", "20", "-H", `Authorization: Watch ${qr.watch_token}`],
      `${server.origin}/api/auth/qr/${qr.qr_id}/events`,
    ]);
    expect(await curl(computer, "/api/auth/qr/token", { device_code })).toMatchObject({
      status: 400,
      body: { error: "authorization_pending" },
    });
    const scanned = await curl(phone, "/api/auth/qr/scan", { qr_id: qr.qr_id }, token);
    expect(scanned.body).toMatchObject({ confirmation: "tap", request: { same_network: true } });
    const confirmed = await curl(phone, "/api/auth/qr/confirm", { ticket: scanned.body.ticket }, token);
    expect(confirmed.status).toBe(204);
    const redeemed = await curl(computer, "/api/auth/qr/token", { device_code });
    expect(redeemed).toMatchObject({ status: 200, body: { token_type: "DPoP" } });
    const me = await curl(computer, "/api/auth/me", undefined, String(redeemed.body.access_token));
    expect(me.body).toMatchObject({ user: { username: "ada" }, session: { method: "qr" } });

    const { stdout } = await watching;
    const events = stdout.split("\n\n").filter((event) => event.startsWith("event: status\ndata: "));
    const states = events.map((event) => JSON.parse(event.slice(event.indexOf("{"))) as { status: string });
    expect(states.map(({ status: state }) => state)).toEqual(["pending", "scanned", "approved", "consumed"]);
    expect(states[1]).toMatchObject({ scanned_by: "A•••", confirmation: "tap" });
    expect((await curl(computer, "/api/auth/qr/token", { device_code })).status).toBe(400);
  });
});
