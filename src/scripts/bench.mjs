/** `npm run bench`: measures the built service and prints ratios. Arguments go to the measurements. */
import { bundle } from "./setup/bundle.mjs";
import { ensureBuilt } from "./setup/index.mjs";
import { benchBundle, inProject } from "./setup/paths.mjs";
import { run } from "./setup/run.mjs";
import { runMain } from "./setup/say.mjs";

await runMain(async () => {
  await ensureBuilt();
  await bundle(inProject("dist"), "bench");
  const { code } = await run(
    process.execPath,
    ["--expose-gc", "--enable-source-maps", benchBundle, ...process.argv.slice(2)],
    { stdio: "inherit", env: { ...process.env, NODE_ENV: "production" } },
  );
  process.exitCode = code;
});
