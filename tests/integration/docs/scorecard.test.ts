import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readDocument, tableRows } from "./markdown";

const document = readDocument("docs/security-scorecard.md");
const rows = tableRows(document);
const lines = rows.filter((cells) => /^\d+$/.test(cells[0] ?? ""));
const mitigations = rows.filter((cells) => cells.length === 3 && !/^(Mitigation|-+)$/.test(cells[0] ?? ""));

interface Claim {
  readonly row: string;
  readonly status: string;
  readonly evidence: { readonly file: string; readonly name: string }[];
}

function toClaim(cells: string[]): Claim {
  const [status = "", shownBy = ""] = cells.slice(-2);
  const evidence = [...shownBy.matchAll(/`([^`]+\.test\.tsx?)`: “([^”]+)”/g)].map(
    ([, file = "", name = ""]) => ({
      file,
      name: name.replaceAll("\\|", "|"),
    }),
  );
  return { row: cells[0] ?? "", status, evidence };
}

const claims = [...lines, ...mitigations].map(toClaim);

describe("docs/security-scorecard.md", () => {
  it("has one row for each of the 68 lines and 17 mitigations", () => {
    expect(lines.map((cells) => Number(cells[0]))).toEqual(
      Array.from({ length: 68 }, (_, index) => index + 1),
    );
    expect(new Set(mitigations.map((cells) => cells[0])).size).toBe(17);
    expect(mitigations).toHaveLength(17);
  });

  it("says met or not yet, and names a test for whatever is met", () => {
    const wrong = claims.filter(({ status, evidence }) =>
      status === "met" ? evidence.length === 0 : status !== "not yet",
    );
    expect(wrong).toEqual([]);
  });

  it.each(claims.filter((claim) => claim.evidence.length > 0))(
    "names tests that are there: $row",
    ({ evidence }) => {
      // A name may be built in the test file, of which it then quotes the template.
      const missing = evidence.filter(({ file, name }) => !existsSync(file) || !holdsTest(file, name));
      expect(missing).toEqual([]);
    },
  );
});

/** Whether the file hands this name, or the template of it, to a call such as `it(…)`. */
function holdsTest(file: string, name: string): boolean {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`\\(\\s*(["'\`])${literal}\\1`).test(readDocument(file));
}
