/**
 * `npm run cluster`: three instances on one PostgreSQL behind a load balancer, to try it out. Nothing of it stays, unless
 * DATABASE_URL names a database of yours.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hasNginx, startBalancer } from "./cluster/balancer.mjs";
import { startPostgres } from "./cluster/postgres.mjs";
import { bundleFile } from "./setup/bundle.mjs";
import { ensureBuilt } from "./setup/index.mjs";
import { runMain, SetupError, say } from "./setup/say.mjs";

const INSTANCES = 3;
const READY_LIMIT_IN_MS = 60_000;

async function freePort() {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

/** In a group of its own: the keyboard's Ctrl-C is for us, and we stop them in order. */
function startInstance(bundle, env, dataDir) {
  const child = spawn(process.execPath, [bundle], {
    env: { ...env, DATA_DIR: dataDir },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  // The link for the owner's account is among what is printed; the first that prints one is enough.
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output = (output + text).slice(-20_000);
  });
  return { child, output: () => output };
}

async function untilReady(port, { child, output }) {
  const deadline = Date.now() + READY_LIMIT_IN_MS;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/ready`).catch(() => undefined);
    if (answer?.ok) return;
    if (child.exitCode !== null || Date.now() > deadline)
      throw new SetupError(`An instance did not start:\n${output()}`);
    await sleep(100);
  }
}

await runMain(async () => {
  const build = await ensureBuilt();
  const ends = [];
  const folder = mkdtempSync(join(tmpdir(), "countersign-cluster-data-"));
  ends.push(async () => rmSync(folder, { recursive: true, force: true }));
  let isStopping = false;
  const stop = async () => {
    if (isStopping) return;
    isStopping = true;
    for (const end of ends.reverse()) await end().catch((error) => say(String(error)));
    process.exit(0);
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);
  try {
    let url = process.env.DATABASE_URL;
    if (url === undefined) {
      const postgres = await startPostgres(await freePort());
      ends.push(postgres.stop);
      url = postgres.url;
    }
    const port = Number(process.env.PORT ?? (await freePort()));
    const origin = `http://localhost:${port}`;
    const ports = [];
    for (let number = 1; number <= INSTANCES; number += 1) ports.push(await freePort());
    const env = {
      SECRETS: `1:${randomBytes(32).toString("base64url")}`,
      ...process.env,
      DATABASE_URL: url,
      APP_URL: origin,
      NODE_ENV: "production",
      TRUST_PROXY: "1",
    };
    const instances = ports.map((each, index) =>
      startInstance(
        join(build, bundleFile("server")),
        { ...env, PORT: String(each) },
        join(folder, String(index + 1)),
      ),
    );
    ends.push(async () => {
      await Promise.all(
        instances.map(async ({ child }) => {
          if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
        }),
      );
    });
    await Promise.all(instances.map((instance, index) => untilReady(ports[index], instance)));
    ends.push(await startBalancer({ port, ports }));
    const link = instances
      .map(({ output }) => /^\s*(http\S+\/setup#\S+)$/m.exec(output())?.[1])
      .find(Boolean);
    process.stdout.write(
      `\n  ${INSTANCES} instances (${instances.map(({ child }, index) => `process ${child.pid} on port ${ports[index]}`).join(", ")})\n` +
        `  behind ${hasNginx() ? "nginx" : "a small proxy"}: ${origin}\n${link ? `  Create the owner's account: ${link}\n` : ""}\n`,
    );
  } catch (error) {
    for (const end of ends.reverse()) await end().catch(() => undefined);
    say(error instanceof SetupError ? error.message : String(error?.stack ?? error));
    process.exit(1);
  }
});
