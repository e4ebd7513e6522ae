import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commands, lineOf } from "../../../src/cli/commands";
import { storedEventTypes } from "../../../src/contract/audit";
import { readDocument, sections, tableRows } from "../../helpers/markdown";

const document = readDocument("docs/reference/operator.md");

describe("docs/reference/operator.md", () => {
  it("has a section for each command of the operator's help, and no other", () => {
    const lines = Object.keys(commands).map(lineOf);
    expect([...sections(document, 3).keys()]).toEqual(lines.map((line) => `\`${line}\``));
  });

  it("lists each type of event that the audit trail has, and no other", () => {
    const section = [...sections(document, 3)].find(([title]) => title.startsWith("`audit"))?.[1] ?? "";
    const listed = tableRows(section).flatMap((cells) => /^`([a-z_]+)`$/.exec(cells[0] ?? "")?.[1] ?? []);
    expect(listed).toEqual(storedEventTypes);
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
