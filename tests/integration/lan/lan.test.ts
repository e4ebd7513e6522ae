import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import * as dpop from "dpop";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LAN_HOST, type LanService, runServer, startLanService } from "../../helpers/process/lan-service";
import { runOperator } from "../../helpers/process/server";

const PASSWORD = "velvet quarry lamp seventeen";

let lan: LanService;
beforeAll(async () => {
  lan = await startLanService();
});
afterAll(() => lan.dispose());

describe("npm start -- --lan", () => {
  it("prints the address, its code, the root to install and the set-up link under one origin", () => {
    const output = lan.output();
    expect(output).toContain(`Countersign is ready: ${lan.origin}\n`);
    expect(output).toMatch(/\n {2}█{25,}\n {2}████ ▄▄▄▄▄ /);
    expect(output).toContain(`${lan.origin}/countersign-ca.crt`);
    expect(output).toMatch(new RegExp(`${lan.origin}/setup#[\\w-]{43}\n`));
    expect(output).not.toContain("\u001b[");
    expect(output).not.toContain("localhost");
  });

  it("is trusted without a warning by a browser that trusts its root, and asks browsers to remember nothing", async () => {
    const answers = [
      await lan.send("/sign-in"),
      await lan.send("/api/health"),
      await lan.send("/countersign-ca.crt"),
      await lan.send("/sign-in", { host: "localhost" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 307]);
    expect(answers.map(({ headers }) => headers["strict-transport-security"])).toEqual(
      answers.map(() => undefined),
    );
    await expect(lan.send("/sign-in", { host: "192.168.77.11" })).rejects.toThrow(/altnames|not in the cert/);
  });

  it.each(["localhost", "127.0.0.1"])("leads pages at https://%s to the one origin", async (host) => {
    const { status, headers } = await lan.send("/sign-in?a=b", { host });
    expect([status, headers.location]).toEqual([307, `${lan.origin}/sign-in?a=b`]);
    expect(headers["cache-control"]).toBe("no-store");
  });

  it.each(["localhost", LAN_HOST])("leads pages at http://%s, same port, to it too", async (host) => {
    const { status, headers } = await lan.sendPlain("/setup", { host });
    expect([status, headers.location]).toEqual([307, `${lan.origin}/setup`]);
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["set-cookie"]).toBeUndefined();
  });

  it("leads nobody anywhere else", async () => {
    for (const target of ["//evil.example/", "/\\evil.example", "http://evil.example/"]) {
      const { headers } = await lan.sendPlain(target, { host: "localhost" });
      expect(new URL(headers.location as string).origin).toBe(lan.origin);
    }
  });

  it("refuses calls at other names and in the clear, and says where to call", async () => {
    const call = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
    for (const answer of [
      await lan.send("/api/auth/get_t", { host: "localhost" }),
      await lan.send("/api/auth/login", { ...call, host: "localhost" }),
      await lan.sendPlain("/api/auth/get_t"),
      await lan.sendPlain("/api/auth/login", call),
    ]) {
      expect(answer.status).toBe(400);
      const { error, error_description } = JSON.parse(answer.body);
      expect(error).toBe("invalid_request");
      expect(error_description).toContain(lan.origin);
    }
  });

  it("says under any name whether it runs, as the operator's command asks it", async () => {
    expect((await lan.sendPlain("/api/health", { host: "localhost" })).status).toBe(200);
    expect((await lan.send("/api/health", { host: "127.0.0.1" })).status).toBe(200);
    const { APP_URL: _, ...env } = lan.env;
    const { code, stderr } = await runOperator({ env }, ["secrets", "replace"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("Stop the service first")]);
  });

  it("hands out the root, public half only, as phones expect it", async () => {
    const { headers, body } = await lan.send("/countersign-ca.crt");
    expect(headers["content-type"]).toBe("application/x-x509-ca-cert");
    expect(body).not.toContain("PRIVATE");
    const root = new X509Certificate(body);
    expect(root.ca && root.verify(root.publicKey)).toBe(true);
    expect(lan.output()).toContain(root.fingerprint256);
    expect((await lan.send("/countersign-ca.crt", { method: "POST" })).status).toBe(405);
  });

  it("lives on when connections break off or are no HTTP at all", async () => {
    for (const bytes of ["\u0016\u0003\u0001", "\u0000\u0001\u0002", "GET / HT", "\r\n\r\n", ""]) {
      const socket = connect(lan.port, "127.0.0.1");
      await once(socket, "connect");
      socket.end(Buffer.from(bytes, "latin1"));
      socket.on("error", () => undefined).resume();
      await once(socket, "close");
      const reset = connect(lan.port, "127.0.0.1");
      await once(reset, "connect");
      reset.write(Buffer.from(bytes, "latin1"));
      // Once the other side has it in hand.
      await sleep(50);
      reset.resetAndDestroy();
    }
    expect((await lan.send("/api/health")).status).toBe(200);
    // The pages' framework keeps the process alive through these, and says so.
    expect(lan.output()).not.toContain("uncaughtException");
  });

  it("signs in with a proof for its own origin, with cookies for https only", async () => {
    const added = await runOperator(lan, ["user", "add", "ada", "--password-stdin"], PASSWORD);
    expect(added.code).toBe(0);
    const device = await dpop.generateKeyPair("ES256");
    const prove = (origin: string, method: string, target: string) =>
      dpop.generateProof(device, `${origin}${target}`, method);
    const { t } = JSON.parse(
      (
        await lan.send("/api/auth/get_t", {
          headers: { dpop: await prove(lan.origin, "GET", "/api/auth/get_t") },
        })
      ).body,
    );
    const body = JSON.stringify({ t, username: "ada", password: PASSWORD, delivery: "cookie" });
    const login = async (origin: string) =>
      lan.send("/api/auth/login", {
        method: "POST",
        body,
        headers: {
          "content-type": "application/json",
          origin: lan.origin,
          dpop: await prove(origin, "POST", "/api/auth/login"),
        },
      });
    const elsewhere = await login(`http://localhost:${lan.port}`);
    expect(JSON.parse(elsewhere.body).error).toBe("invalid_dpop_proof");
    const { status, headers } = await login(lan.origin);
    expect(status).toBe(200);
    expect(headers["set-cookie"]).toHaveLength(2);
    for (const line of headers["set-cookie"] ?? []) {
      expect(line).toMatch(/^__Host-countersign-/);
      expect(line).toMatch(/; Secure/i);
      expect(line).not.toMatch(/; Domain=/i);
    }
  });
});

describe("its certificate", () => {
  it("is kept for the owner's eyes, and reused by the next start", async () => {
    const { file } = lan;
    const before = ["authority.pem", "server.pem"].map((name) => readFileSync(file(name), "utf8"));
    const fresh = await startLanService();
    try {
      await fresh.restart();
      for (const name of ["authority.pem", "server.pem"]) {
        expect(statSync(fresh.file(name)).mode & 0o777).toBe(0o600);
      }
      const kept = ["authority.pem", "server.pem"].map((name) => readFileSync(fresh.file(name), "utf8"));
      await fresh.restart();
      expect(["authority.pem", "server.pem"].map((name) => readFileSync(fresh.file(name), "utf8"))).toEqual(
        kept,
      );
      expect(kept).not.toEqual(before);
    } finally {
      await fresh.dispose();
    }
  });

  it("ends in order while a connection has not said anything", async () => {
    const fresh = await startLanService();
    const idle = connect(fresh.port, "127.0.0.1").on("error", () => undefined);
    await once(idle, "connect");
    expect(await fresh.stop()).toBe(0);
    await fresh.dispose();
  });
});

describe("what cannot be", () => {
  it("ends with a sentence, not with a stack", async () => {
    const unknown = await runServer(["--lna"], {});
    expect(unknown).toEqual({
      code: 1,
      output: '"--lna" is not known here. There is one option: npm start -- --lan\n',
    });
    const { code, output } = await runServer(["--lan"], { APP_URL: "https://accounts.example.com:3000" });
    expect(code).toBe(1);
    expect(output).toMatch(/^--lan makes certificates for local addresses and names only/);
  });
});
