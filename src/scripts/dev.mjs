/** `npm run dev`: our server over Next's development server; the server restarts when its own sources change. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { bundle, bundleFile, bundleOptions } from "./setup/bundle.mjs";
import { ensureGenerated } from "./setup/index.mjs";
import { buildsFolder } from "./setup/paths.mjs";
import { runMain, say } from "./setup/say.mjs";

// Beside the builds, whose place relative to the project the server relies on, without touching one.
const folder = join(buildsFolder, "development");
const outfile = join(folder, bundleFile("server"));

let server;
let stopping = false;

function startServer() {
  const args = ["--enable-source-maps", outfile, ...process.argv.slice(2)];
  const env = { ...process.env, NODE_ENV: "development", COUNTERSIGN_DEV: "1", NEXT_TELEMETRY_DISABLED: "1" };
  server = spawn(process.execPath, args, { stdio: "inherit", env });
  server.on("exit", (code, signal) => {
    if (!stopping && signal === null && code !== 0)
      say("The server stopped; it starts again at the next change.");
  });
}

async function restartServer() {
  if (server && server.exitCode === null && server.signalCode === null) {
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGTERM");
    await ended;
  }
  if (!stopping) startServer();
}

await runMain(async () => {
  await ensureGenerated();
  await bundle(folder, "captchaWorker", "proofWorker");
  const esbuild = await import("esbuild");
  const restartAfterBuild = {
    name: "restart-after-build",
    setup(build) {
      build.onEnd(async ({ errors }) => {
        if (errors.length === 0) await restartServer();
      });
    },
  };
  const context = await esbuild.context({
    ...bundleOptions("server", folder),
    plugins: [restartAfterBuild],
  });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      stopping = true;
      server?.kill(signal);
      context.dispose();
    });
  }
  await context.watch();
});
