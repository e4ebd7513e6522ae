import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readDocument, sections, tableRows } from "../../helpers/markdown";

const document = readDocument("docs/reference/operator.md");

describe("docs/reference/operator.md", () => {
  it("has a section for each command of the operator's usage, and no other", () => {
    const [, usage = ""] = /const usage = `([^`]*)`/.exec(readFileSync("src/cli/main.ts", "utf8")) ?? [];
    // Each line: two spaces, the command, two spaces or more, what it does.
    const commands = [...usage.matchAll(/^ {2}(\S.*?) {2,}\S/gm)].map((match) => match[1] ?? "");
    expect(commands.length).toBeGreaterThan(3);
    expect([...sections(document, 3).keys()]).toEqual(commands.map((command) => `\`${command}\``));
  });

  it("lists each npm script, and no other", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Record<string, string>;
    };
    const listed = tableRows(document).flatMap(
      (cells) => /`npm (?:run )?(?:-s )?([\w:-]+)/.exec(cells[0] ?? "")?.[1] ?? [],
    );
    expect(new Set(listed)).toEqual(new Set(Object.keys(scripts)));
  });
});
