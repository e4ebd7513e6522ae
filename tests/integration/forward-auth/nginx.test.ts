import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ListeningService, listen } from "../../helpers/listen";
import { findFreePort } from "../../helpers/process/free-port";
import { bearer, newDevice, startService, type TestService } from "../../helpers/service";
import { signInWithCookies } from "../wire/support";

const hasNginx = spawnSync("nginx", ["-v"]).status === 0;
if (!hasNginx) console.warn("nginx is not installed: its tests are left out (apt-get install nginx-light)");

describe.runIf(hasNginx)("examples/nginx in front of a static site", () => {
  let service: TestService;
  let server: ListeningService;
  let nginx: ChildProcess;
  let folder: string;
  let site: string;

  beforeAll(async () => {
    service = await startService({ TRUST_PROXY: "1" });
    await service.addUser("ada");
    server = await listen(service);
    const port = await findFreePort();
    folder = mkdtempSync(path.join(tmpdir(), "countersign-nginx-"));
    // Started by root, nginx serves as nobody.
    chmodSync(folder, 0o755);
    mkdirSync(path.join(folder, "site", "private"), { recursive: true });
    writeFileSync(path.join(folder, "site", "private", "plan.txt"), "the plan");
    const example = readFileSync("examples/nginx/nginx.conf", "utf8")
      .replace("127.0.0.1:3000", new URL(server.origin).host)
      .replace("listen 8080", `listen 127.0.0.1:${port}`)
      .replace("root site", `root ${folder}/site`);
    writeFileSync(path.join(folder, "nginx.conf"), example);
    nginx = spawn("nginx", ["-p", folder, "-c", path.join(folder, "nginx.conf"), "-g", "daemon off;"], {
      stdio: "ignore",
    });
    site = `http://127.0.0.1:${port}`;
    for (let tries = 0; tries < 100 && !(await isUp()); tries += 1) await sleep(50);
  });

  afterAll(async () => {
    nginx.kill("SIGTERM");
    await once(nginx, "exit");
    server.close();
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const isUp = () =>
    fetch(`${site}/api/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  const get = (headers: Record<string, string> = {}) => fetch(`${site}/private/plan.txt`, { headers });

  it("lets nobody in who is signed out, and passes on everything else", async () => {
    expect((await get()).status).toBe(401);
    expect((await get({ "remote-user": "ada", "x-signed-in-as": "ada" })).status).toBe(401);
    expect(await (await fetch(`${site}/sign-in`)).text()).toBe("page");
    expect((await fetch(`${site}/_countersign`)).status).toBe(404);
  });

  it("lets in who is signed in, says who it is, and stops within a second of the end", async () => {
    const { cookie, tokens } = await signInWithCookies(service, "ada", await newDevice());
    const answer = await get({ cookie });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-signed-in-as")).toBe("ada");
    expect(await answer.text()).toBe("the plan");
    const { user } = (await service.container.sessions.findLive(String(tokens.session_id))) ?? {};
    await service.container.sessions.end(
      { userId: String(user?.id), id: String(tokens.session_id) },
      "revoked",
    );
    const endedAt = Date.now();
    let status = 200;
    while (status === 200 && Date.now() - endedAt < 1_000) ({ status } = await get({ cookie }));
    expect(status).toBe(401);
  });

  it("takes an access token as well", async () => {
    const tokens = await service.signIn("ada");
    expect((await get(bearer(tokens.access_token))).status).toBe(200);
    expect((await get(bearer(`${tokens.access_token}x`))).status).toBe(401);
  });
});
