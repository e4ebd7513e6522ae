import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../helpers/browser/until";
import { findFreePort } from "../../helpers/process/free-port";

const BUILD_TIMEOUT_IN_MS = 600_000;

/** What a clone has, besides its packages. */
const isSource = (name: string) => !["node_modules", ".next", "dist", "data", ".git"].includes(name);

describe("below a folder whose name has a space, a quote and other letters, with a lock file further up", () => {
  let base: string;
  let project: string;

  beforeAll(() => {
    // On the disk of the project's own packages, which are then linked and not copied.
    base = mkdtempSync(resolve("dist", "odd-places-"));
    writeFileSync(join(base, "package-lock.json"), "{}");
    writeFileSync(join(base, "package.json"), '{ "name": "stray" }');
    project = join(base, "项目 — it's here", "countersign");
    mkdirSync(project, { recursive: true });
    for (const name of readdirSync(".").filter(isSource))
      cpSync(name, join(project, name), { recursive: true });
    rmSync(join(project, "src", "platform", "prisma", "generated"), { recursive: true, force: true });
    execFileSync("cp", ["-al", resolve("node_modules"), join(project, "node_modules")]);
  });

  afterAll(() => rmSync(base, { recursive: true, force: true }));

  it("generates, bundles and builds, starts, applies its migrations, shows its pages and stops", {
    timeout: BUILD_TIMEOUT_IN_MS,
  }, async () => {
    const port = await findFreePort();
    const origin = `http://localhost:${port}`;
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, ["src/scripts/start.mjs"], {
      cwd: project,
      env: {
        PATH,
        HOME,
        NODE_ENV: "production",
        PORT: String(port),
        APP_URL: origin,
        CAPTCHA: "off",
        TMPDIR: tmpdir(),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output += chunk;
      });
    const statusOf = (path: string) =>
      fetch(origin + path).then(
        ({ status }) => status,
        () => 0,
      );
    try {
      await until(
        "the service answers or has ended",
        async () => child.exitCode !== null || (await statusOf("/api/health")) === 200,
        BUILD_TIMEOUT_IN_MS - 60_000,
      );
      expect(output).toContain("Building the pages: done");
      expect(child.exitCode).toBeNull();
      expect([await statusOf("/setup"), await statusOf("/sign-in"), await statusOf("/q/x")]).toEqual([
        200, 200, 200,
      ]);
      expect(readdirSync(join(project, "data"))).toEqual(
        expect.arrayContaining(["countersign.db", "secrets", "setup-link"]),
      );
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
