/** `npm run build`: everything `npm start` does before it serves. A service that is running keeps the build it has. */
import { ensureBuilt } from "./setup/index.mjs";
import { runMain, say } from "./setup/say.mjs";

await runMain(async () => {
  await ensureBuilt();
  say("Built.");
});
