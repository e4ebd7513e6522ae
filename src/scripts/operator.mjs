/** `npm run -s countersign -- …`: the operator's command. stdout carries only its answer; the set-up speaks on stderr. */
import { pathToFileURL } from "node:url";
import { ensureBuilt } from "./setup/index.mjs";
import { operatorBundle } from "./setup/paths.mjs";
import { runMain } from "./setup/say.mjs";

await runMain(async () => {
  await ensureBuilt();
  process.env.NODE_ENV = "production";
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(operatorBundle).href);
});
