import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readDocument, sections } from "../../helpers/markdown";

const parts = sections(readDocument("docs/reference/package.md"), 2);
const sources: Record<string, string> = {
  client: "src/client/index.ts",
  react: "src/client/react/index.ts",
  node: "src/client/node/index.ts",
  verify: "src/verify/index.ts",
  "verify/trpc": "src/verify/trpc.ts",
};

/** An index does nothing but export by name. */
function exportsOf(file: string) {
  const source = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const lists = [...source.matchAll(/export (type )?\{([^}]*)\} from/g)];
  const names = lists.flatMap(([, isType = "", list = ""]) =>
    list
      .split(",")
      .map((name) => `${isType}${name.trim()}`)
      .filter((name) => name !== isType),
  );
  return {
    types: names.filter((name) => name.startsWith("type ")).map((name) => name.slice(5)),
    values: names.filter((name) => !name.startsWith("type ")),
  };
}

describe("docs/reference/package.md", () => {
  it("has a section for each entry, and no other", () => {
    expect([...parts.keys()]).toEqual(Object.keys(sources).map((entry) => `\`countersign/${entry}\``));
  });

  it.each(Object.entries(sources))("lists what countersign/%s exports, and nothing else", (entry, file) => {
    const text = parts.get(`\`countersign/${entry}\``) ?? "";
    const rows = text.split("\n").filter((line) => line.startsWith("| `"));
    const values = rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)]);
    const types = [...text.matchAll(/\*`(\w+)`\*/g)];
    const named = (matches: RegExpExecArray[]) => matches.map((match) => match[1]).sort();
    const exported = exportsOf(file);
    expect(exported.values.length).toBeGreaterThan(0);
    expect(named(values)).toEqual(exported.values.sort());
    expect(named(types)).toEqual(exported.types.sort());
  });
});
