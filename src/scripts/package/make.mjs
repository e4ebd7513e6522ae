/**
 * Makes the package in the folder it is given. A program of its own: the compiler keeps its process busy for so long that
 * the lock would look abandoned.
 */
import { mkdirSync, rmSync } from "node:fs";
import { runMain } from "../setup/say.mjs";
import { writeDeclarations } from "./declarations.mjs";
import { writeManifest } from "./manifest.mjs";
import { writeModules } from "./modules.mjs";

await runMain(async () => {
  const [folder] = process.argv.slice(2);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const imported = [...(await writeModules(folder)), ...(await writeDeclarations(folder))];
  writeManifest(folder, imported);
});
