/** `npm run build:package`: makes the package that other projects install, in `dist/package`, and packs it. */
import { ensurePacked, packedFile } from "./package/index.mjs";
import { ensureGenerated } from "./setup/index.mjs";
import { runMain } from "./setup/say.mjs";

await runMain(async () => {
  await ensureGenerated();
  await ensurePacked();
  console.log(packedFile());
});
