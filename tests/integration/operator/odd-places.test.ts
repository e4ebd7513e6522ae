import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyProject, makeFolderForCopies, startCopy, statusOf } from "../../helpers/process/project-copy";

const BUILD_TIMEOUT_IN_MS = 660_000;

describe("below a folder whose name has a space, a quote and other letters, with a lock file further up", () => {
  let base: string;
  let project: string;

  beforeAll(() => {
    base = makeFolderForCopies("odd-places-");
    writeFileSync(join(base, "package-lock.json"), "{}");
    writeFileSync(join(base, "package.json"), '{ "name": "stray" }');
    project = join(base, "项目 — it's here", "countersign");
    copyProject(project);
  });

  afterAll(() => rmSync(base, { recursive: true, force: true }), BUILD_TIMEOUT_IN_MS);

  it("generates, bundles and builds, starts, applies its migrations, shows its pages and stops", {
    timeout: BUILD_TIMEOUT_IN_MS,
  }, async () => {
    const service = await startCopy(project);
    try {
      expect(service.output()).toContain("Building the pages: done");
      expect(service.exitCode()).toBeNull();
      const pages = ["/setup", "/sign-in", "/q/x"];
      const statuses = await Promise.all(pages.map((page) => statusOf(service.origin + page)));
      expect(statuses).toEqual([200, 200, 200]);
      expect(readdirSync(join(project, "data"))).toEqual(
        expect.arrayContaining(["countersign.db", "secrets", "setup-link"]),
      );
      expect(await service.stop()).toBe(0);
    } finally {
      service.kill();
    }
  });
});
