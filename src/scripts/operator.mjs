/** `npm run -s countersign -- …`: the operator's command. stdout carries only its answer; the set-up speaks on stderr. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleFile } from "./setup/bundle.mjs";
import { ensureBuilt } from "./setup/index.mjs";
import { runMain } from "./setup/say.mjs";

await runMain(async () => {
  const build = await ensureBuilt();
  process.env.NODE_ENV = "production";
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(join(build, bundleFile("operator"))).href);
});
