import { describe, expect, it } from "vitest";
import { environmentShape } from "../../../src/server/settings/environment";
import { readDocument, tableRows } from "../../helpers/markdown";

const rows = tableRows(readDocument("docs/reference/configuration.md")).filter(
  (cells) => cells.length === 5 && cells[0]?.startsWith("`"),
);
const nameOf = (cells: string[]) => cells[0]?.replaceAll("`", "") ?? "";
const accepts = (name: string, value: string) => environmentShape.safeParse({ [name]: value }).success;

describe("docs/reference/configuration.md", () => {
  it("lists exactly the settings that are read", () => {
    expect(rows.map(nameOf)).toEqual(Object.keys(environmentShape.shape));
  });

  it("gives each the default that applies", () => {
    const defaults = environmentShape.parse({}) as Record<string, unknown>;
    const documented = rows.map((cells) => [nameOf(cells), cells[1]]);
    const actual = rows.map(nameOf).map((name) => {
      const value = defaults[name];
      if (value === undefined) return [name, "—"];
      return [name, value === "" ? "*(empty)*" : `\`${value}\``];
    });
    expect(documented).toEqual(actual);
  });

  const ranges = rows.flatMap((cells) => {
    const match = /^(\d+) to (\d+)$/.exec(cells[3] ?? "");
    return match ? [{ name: nameOf(cells), min: Number(match[1]), max: Number(match[2]) }] : [];
  });

  it("gives a range for every number", () => {
    const numeric = Object.entries(environmentShape.parse({}))
      .filter(([, value]) => typeof value === "number")
      .map(([name]) => name);
    expect(ranges.map((range) => range.name)).toEqual(numeric);
  });

  it.each(ranges)("gives the limits of $name", ({ name, min, max }) => {
    expect([min - 1, min, max, max + 1].map((value) => accepts(name, String(value)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  const choices = rows.flatMap((cells) => {
    const values = [...(cells[3] ?? "").matchAll(/`([a-z]+)`/g)].map((match) => match[1] ?? "");
    return values.length > 1 ? [{ name: nameOf(cells), values }] : [];
  });

  it.each(choices)("gives the choices of $name", ({ name, values }) => {
    expect(values.map((value) => accepts(name, value))).toEqual(values.map(() => true));
    expect(accepts(name, "something-else")).toBe(false);
  });
});
