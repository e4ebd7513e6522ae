import { describe, expect, it } from "vitest";
import { storedEventTypes } from "../../../../contract/audit";
import { filtersOf, groups, queryOf, searchOf } from "./filters";

describe("the filters of the audit page", () => {
  it("have each kind of event of the trail in one group", () => {
    expect(Object.values(groups).flat().sort()).toEqual([...storedEventTypes].sort());
  });

  it("come out of the address as they went in, and leave out what is not set", () => {
    const filters = filtersOf(
      (name) => ({ user: " ada ", type: "signed_in", to: "2026-01-31" })[name] ?? null,
    );
    expect(filters).toEqual({ user: "ada", actor: "", type: "signed_in", from: "", to: "2026-01-31" });
    expect(searchOf(filters)).toBe("?user=ada&type=signed_in&to=2026-01-31");
    expect(filtersOf((name) => new URLSearchParams(searchOf(filters)).get(name))).toEqual(filters);
    expect(searchOf(filtersOf(() => null))).toBe("");
  });

  it("ask for whole days of the reader, the last one included", () => {
    const query = queryOf({ user: "", actor: "", type: "", from: "2026-01-31", to: "2026-01-31" });
    expect(query).toEqual({
      from: new Date("2026-01-31T00:00:00").toISOString(),
      to: new Date("2026-02-01T00:00:00").toISOString(),
    });
    expect(queryOf({ user: "", actor: "", type: "", from: "soon", to: "2026-99-99" })).toEqual({});
  });
});
