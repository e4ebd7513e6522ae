import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const text = readFileSync("CONTRIBUTING.md", "utf8");

describe("CONTRIBUTING.md", () => {
  it("shows the operation of its example as the source has it", () => {
    const [, shown = ""] = /```ts\n([\s\S]*?)```/.exec(text) ?? [];
    const [before = "", after = ""] = shown.replace(/^ {3}/gm, "").trim().split("    …\n");
    const source = readFileSync("src/server/endpoints/user.ts", "utf8");
    expect(before.length).toBeGreaterThan(300);
    expect(source).toContain(before);
    expect(source).toContain(after.trim());
  });

  it("names npm scripts and paths that there are", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Record<string, string>;
    };
    const commands = [...text.matchAll(/npm (?:run )?([a-z:-]+)/g)].map(([, name = ""]) => name);
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands) expect(scripts).toHaveProperty([command]);
    const paths = [...text.matchAll(/\b((?:src|tests|docs|prisma)\/[\w./()-]*\w\/?)/g)].map(
      ([, path = ""]) => path,
    );
    expect(paths.length).toBeGreaterThan(15);
    for (const path of paths) expect(existsSync(path), path).toBe(true);
  });
});
