import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  type CopyCommand,
  copyProject,
  makeFolderForCopies,
  runInCopy,
  startCopy,
  statusOf,
} from "../../helpers/process/project-copy";

const BUILD_TIMEOUT_IN_MS = 660_000;
const PAGES = ["/setup", "/sign-in", "/q/x", "/signed-out", "/reference", "/api/health"];
/** Nobody asks for these before the build beside it is over. */
const LATE_PAGES = ["/", "/scan", "/no-such-page"];

let base: string;
let project: string;
let running: CopyCommand;

beforeAll(async () => {
  base = makeFolderForCopies("running-build-");
  project = join(base, "countersign");
  copyProject(project);
  running = await startCopy(project);
}, BUILD_TIMEOUT_IN_MS);

afterAll(() => {
  running?.kill();
  rmSync(base, { recursive: true, force: true });
}, BUILD_TIMEOUT_IN_MS);

const chunksIn = (text: string) => [...new Set(text.match(/\/_next\/static\/[\w./%~-]+?\.(?:js|css)/g))];

const textOf = (path: string) => fetch(running.origin + path).then((response) => response.text());

/** Asks for pages and chunks one after the other until it is stopped. @returns how often it asked, and what failed */
function keepAsking(paths: readonly string[]) {
  let isOver = false;
  let asked = 0;
  const failures: string[] = [];
  const done = (async () => {
    while (!isOver) {
      for (const path of paths) {
        const status = await statusOf(running.origin + path);
        asked += 1;
        if (status !== 200) failures.push(`${path}: ${status}`);
      }
      await sleep(20);
    }
  })();
  return async () => {
    isOver = true;
    await done;
    return { asked, failures };
  };
}

/** Runs a command of the project beside the service. @returns what it said */
async function runBeside(
  script: string,
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  const command = await runInCopy(project, script, args);
  const code = await command.ended();
  return { code, output: command.output() };
}

function editSources(said: string): void {
  const file = join(project, "src", "app", "i18n", "messages", "en.json");
  const words = JSON.parse(readFileSync(file, "utf8")) as { app: { noScript: string } };
  words.app.noScript = said;
  writeFileSync(file, JSON.stringify(words));
}

const builds = () => readdirSync(join(project, "dist", "builds")).filter((name) => name !== "development");

describe("a service that is built and running", { timeout: BUILD_TIMEOUT_IN_MS }, () => {
  let openPage: string;

  it("answers every request for pages and chunks while changed sources are built, tested and measured beside it", async () => {
    openPage = await textOf("/sign-in");
    const stop = keepAsking([...PAGES, ...chunksIn(openPage)]);

    editSources("Words of the next version");
    const built = await runBeside("build");
    expect(built.output).toContain("Building the pages: done");
    const tested = await runBeside("test", "--project", "unit", "src/contract/loopback.test.ts");
    expect(tested).toMatchObject({ code: 0, output: expect.not.stringContaining("Building") });
    const measured = await runBeside("bench", "--only=none");
    expect(measured).toMatchObject({ code: 0, output: expect.not.stringContaining("Building") });

    const { asked, failures } = await stop();
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(PAGES.length);
    expect(await textOf("/sign-in")).not.toContain("Words of the next version");
    expect(builds()).toHaveLength(2);
  });

  it("shows pages that nobody had asked for, though its packages are being replaced", async () => {
    for (const name of ["node_modules", ".next"]) {
      renameSync(join(project, name), join(base, name));
      onTestFinished(() => renameSync(join(base, name), join(project, name)));
    }
    const pages = await Promise.all(LATE_PAGES.map((path) => fetch(running.origin + path)));
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 404]);
    for (const page of pages) {
      const chunks = chunksIn(await page.text());
      expect(chunks).not.toEqual([]);
      for (const chunk of chunks)
        expect([chunk, await statusOf(running.origin + chunk)]).toEqual([chunk, 200]);
    }
  });

  it("is followed by the new build at the next start, which serves the chunks of pages that are still open", async () => {
    expect(await running.stop()).toBe(0);
    running = await startCopy(project);
    expect(running.output()).not.toContain("Building");
    expect(await textOf("/sign-in")).toContain("Words of the next version");
    const statuses = await Promise.all(chunksIn(openPage).map((chunk) => statusOf(running.origin + chunk)));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it("goes on when the build of broken sources fails, and nothing of that is left", async () => {
    const before = builds();
    const page = join(project, "src", "app", "signed-out", "page.tsx");
    const source = readFileSync(page, "utf8");
    writeFileSync(page, `${source}\nexport const broken = ;`);
    const stop = keepAsking(PAGES);
    const built = await runBeside("build");
    expect(built).toMatchObject({ code: 1, output: expect.stringContaining("Building the pages failed") });
    expect((await stop()).failures).toEqual([]);
    expect(builds()).toEqual(before);
    writeFileSync(page, source);
  });
});
