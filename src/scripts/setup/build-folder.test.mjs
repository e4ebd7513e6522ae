import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const HOUR_IN_MS = 3_600_000;
/** No process has this number. */
const GONE = 2 ** 22 + 1;

const project = vi.hoisted(() => ({ folder: "" }));

vi.mock("./paths.mjs", () => ({
  projectRoot: project.folder,
  inProject: (...parts) => join(project.folder, ...parts),
  get buildsFolder() {
    return join(project.folder, "dist", "builds");
  },
  get currentBuild() {
    return join(project.folder, "dist", "current");
  },
}));

const { addPagesAndPackages, beginBuild, folderOf, isComplete, makeCurrent, publish } = await import(
  "./build-folder.mjs"
);

let made = 0;

beforeEach(() => {
  project.folder = mkdtempSync(join(tmpdir(), "countersign-builds-"));
  write(
    "package-lock.json",
    JSON.stringify({ packages: { "": {}, "node_modules/a": {}, "node_modules/b": { dev: true } } }),
  );
  write("next.settings.mjs", "export default {};");
  write("node_modules/a/index.js", "a");
  write("node_modules/a/node_modules/c/index.js", "not in the lock file");
  write("node_modules/b/index.js", "b");
});

afterEach(() => rmSync(project.folder, { recursive: true, force: true }));

function write(path, text) {
  const file = join(project.folder, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
}

const nameOf = (number) => number.toString(16).padStart(16, "0");
const names = () => readdirSync(join(project.folder, "dist/builds")).sort();

/** Makes a build whose pages have one chunk that is named like the build. @returns its name */
function make() {
  made += 1;
  const name = nameOf(made);
  rmSync(join(project.folder, ".next"), { recursive: true, force: true });
  write(".next/BUILD_ID", name);
  write(".next/cache/big", "");
  write(`.next/static/chunks/${name}.js`, name);
  write(".next/static/chunks/common.js", name);
  const folder = beginBuild();
  for (const file of ["server.mjs", "captcha-worker.mjs", "proof-worker.mjs", "cli.mjs"])
    writeFileSync(join(folder, file), "");
  addPagesAndPackages(folder);
  publish(folder, name);
  // In the order in which they were made, however coarse the clock of the file system is.
  const madeAt = new Date(Date.now() - HOUR_IN_MS + made * 1000);
  utimesSync(join(folderOf(name), "chunks.json"), madeAt, madeAt);
  return name;
}

function putToUse(name, pid, atInMs) {
  write(`dist/builds/${name}/in-use/${pid}`, "");
  const at = new Date(atInMs);
  utimesSync(join(folderOf(name), "in-use", String(pid)), at, at);
}

describe("a build", () => {
  it("has its pages without Next's cache, and the packages that run, which outlive those of the project", () => {
    const name = make();
    expect(isComplete(name)).toBe(true);
    expect(existsSync(join(folderOf(name), ".next/cache"))).toBe(false);
    expect(existsSync(join(folderOf(name), "node_modules/b"))).toBe(false);
    expect(existsSync(join(folderOf(name), "node_modules/a/node_modules"))).toBe(false);
    rmSync(join(project.folder, "node_modules"), { recursive: true });
    expect(readFileSync(join(folderOf(name), "node_modules/a/index.js"), "utf8")).toBe("a");
  });

  it("is not seen before it is published, and one that was left half-way is removed by the next", () => {
    const left = beginBuild();
    writeFileSync(join(left, "server.mjs"), "");
    const name = make();
    expect(names()).toEqual([name]);
  });

  it("of which parts were removed is made again", () => {
    const name = make();
    rmSync(join(folderOf(name), "cli.mjs"));
    expect(isComplete(name)).toBe(false);
    made -= 1;
    expect(make()).toBe(name);
    expect(isComplete(name)).toBe(true);
  });

  it("serves the chunks of the builds before it beside its own, and hands on its own only", () => {
    const [first, second] = [make(), make()];
    const chunksOf = (name) => readdirSync(join(folderOf(name), ".next/static/chunks")).sort();
    expect(chunksOf(second)).toEqual([`${first}.js`, `${second}.js`, "common.js"]);
    expect(readFileSync(join(folderOf(second), ".next/static/chunks/common.js"), "utf8")).toBe(second);
    rmSync(folderOf(first), { recursive: true });
    const third = make();
    expect(chunksOf(third)).toEqual([`${second}.js`, `${third}.js`, "common.js"]);
  });
});

describe("builds of earlier sources", () => {
  it("go when a newer one is made, but for the last one", () => {
    make();
    const [second, third] = [make(), make()];
    expect(names()).toEqual([second, third]);
  });

  it("stay while the link to the current one points at them", () => {
    const first = make();
    makeCurrent(first);
    const [second, third] = [make(), make()];
    expect(names()).toEqual([first, second, third]);
    makeCurrent(third);
    const fourth = make();
    expect(names()).toEqual([third, fourth]);
  });

  it.each([
    ["stay while a process lives that uses them", process.pid, 24 * HOUR_IN_MS, true],
    [
      "stay for a while after a process that cannot be seen from here said that it uses them",
      GONE,
      60_000,
      true,
    ],
    ["go when the process that used them is gone", GONE, 24 * HOUR_IN_MS, false],
  ])("%s", (_title, pid, agoInMs, stays) => {
    const first = make();
    putToUse(first, pid, Date.now() - agoInMs);
    make();
    make();
    expect(names().includes(first)).toBe(stays);
  });
});
