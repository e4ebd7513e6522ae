/** `npm start`: sets up what is missing, then serves from this very process, so that its pid and its signals are the server's. */
import { pathToFileURL } from "node:url";
import { ensureBuilt } from "./setup/index.mjs";
import { serverBundle } from "./setup/paths.mjs";
import { runMain } from "./setup/say.mjs";

await runMain(async () => {
  await ensureBuilt();
  process.env.NODE_ENV = "production";
  process.env.NEXT_TELEMETRY_DISABLED = "1";
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(serverBundle).href);
});
