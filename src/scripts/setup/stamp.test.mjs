import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inProject, projectRoot } from "./paths.mjs";
import { fingerprintOf, isStamped, removeStamp, writeStamp } from "./stamp.mjs";

let folder;
let sources;

beforeEach(() => {
  mkdirSync(inProject("dist"), { recursive: true });
  folder = mkdtempSync(inProject("dist/stamp-test-"));
  mkdirSync(join(folder, "src/inner"), { recursive: true });
  writeFileSync(join(folder, "src/a.ts"), "one");
  writeFileSync(join(folder, "src/inner/b.ts"), "two");
  sources = { paths: [relative(projectRoot, join(folder, "src"))] };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("fingerprintOf", () => {
  it("is the same for the same sources", () => {
    expect(fingerprintOf(sources)).toBe(fingerprintOf({ ...sources }));
  });

  it.each([
    ["an edited file", () => writeFileSync(join(folder, "src/inner/b.ts"), "twO")],
    ["a new file", () => writeFileSync(join(folder, "src/c.ts"), "")],
    ["a removed file", () => rmSync(join(folder, "src/a.ts"))],
    [
      "content that moved over a file's edge",
      () => {
        writeFileSync(join(folder, "src/a.ts"), "on");
        writeFileSync(join(folder, "src/inner/b.ts"), "etwo");
      },
    ],
  ])("changes with %s", (_case, change) => {
    const before = fingerprintOf(sources);
    change();
    expect(fingerprintOf(sources)).not.toBe(before);
  });

  it("changes with what else the step depends on, and not with what it does not", () => {
    const before = fingerprintOf(sources);
    expect(fingerprintOf({ ...sources, extra: ["node 24"] })).not.toBe(before);
    writeFileSync(join(folder, "src/a.test.ts"), "");
    expect(fingerprintOf({ ...sources, ignore: (path) => path.endsWith(".test.ts") })).toBe(before);
  });
});

describe("a stamp", () => {
  it("holds for its fingerprint only, and until it is removed", () => {
    const path = join(folder, "deep/stamp");
    expect(isStamped(path, "one")).toBe(false);
    writeStamp(path, "one");
    expect(isStamped(path, "one")).toBe(true);
    expect(isStamped(path, "two")).toBe(false);
    removeStamp(path);
    expect(isStamped(path, "one")).toBe(false);
  });
});
