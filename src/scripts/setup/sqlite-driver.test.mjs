import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { inProject } from "./paths.mjs";
import { hasFittingDriver } from "./sqlite-driver.mjs";

const driverOf = (from) => createRequire(inProject(from)).resolve("better-sqlite3");

it("the set-up has put the driver for this Node in its place, and we and Prisma's adapter load the same one", () => {
  expect(hasFittingDriver()).toBe(true);
  expect(driverOf("node_modules/@prisma/adapter-better-sqlite3/package.json")).toBe(driverOf("package.json"));
});
