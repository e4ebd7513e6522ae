/**
 * `npm run attack-lab`: runs every attack of tests/attack against the service and prints a table of attack, expected and
 * observed. Exit code 1 when one differs. Arguments go to Vitest: `npm run attack-lab -- qr-guessing` runs one file.
 */
import { ensureBuilt } from "./setup/index.mjs";
import { inProject } from "./setup/paths.mjs";
import { run } from "./setup/run.mjs";
import { runMain } from "./setup/say.mjs";

await runMain(async () => {
  await ensureBuilt();
  const names = process.argv.slice(2).map((name) => `tests/attack/${name}`);
  const { code } = await run(
    process.execPath,
    [
      inProject("node_modules/vitest/vitest.mjs"),
      "run",
      "--project",
      "integration",
      `--reporter=${inProject("tests/helpers/lab/reporter.ts")}`,
      ...(names.length > 0 ? names : ["tests/attack/"]),
    ],
    { stdio: "inherit", env: { ...process.env, NODE_ENV: "test" } },
  );
  process.exitCode = code;
});
