import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readDocument, tableRows } from "../../helpers/markdown";

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

const ofBcp247 = tableRows(readDocument("docs/bcp247-scorecard.md")).filter(
  (cells) => !/^(Mitigation|-+)$/.test(cells[0] ?? ""),
);

const claims = [...lines, ...mitigations].map(toClaim);
const claimsOfBcp247 = ofBcp247.map(toClaim);
const withEvidence = ({ evidence }: Claim) => evidence.length > 0;
const mitigationNames: ReadonlySet<string> = new Set(mitigations.map((cells) => cells[0] ?? ""));

/** A mitigation may be none of ours to take; a line of our own bar may not. */
function isHonest({ row, status, evidence }: Claim): boolean {
  if (status === "met") return evidence.length > 0;
  return status === "not yet" || (status === "not applicable" && mitigationNames.has(row));
}

describe("docs/security-scorecard.md", () => {
  it("has one row for each of the 86 lines and 17 mitigations", () => {
    expect(lines.map((cells) => Number(cells[0]))).toEqual(
      Array.from({ length: 86 }, (_, index) => index + 1),
    );
    expect(new Set(mitigations.map((cells) => cells[0])).size).toBe(17);
    expect(mitigations).toHaveLength(17);
  });

  it("says met or not yet, and names a test for whatever is met", () => {
    const wrong = claims.filter((claim) => !isHonest(claim));
    expect(wrong).toEqual([]);
  });

  it.each(claims.filter(withEvidence))("names tests that are there: $row", ({ evidence }) =>
    expect(missingOf(evidence)).toEqual([]),
  );
});

describe("docs/bcp247-scorecard.md", () => {
  it("has the mitigations of the security scorecard, in its order and with its status", () => {
    expect(claimsOfBcp247.map(({ row, status }) => [row, status])).toEqual(
      mitigations.map(toClaim).map(({ row, status }) => [row, status]),
    );
  });

  it("names a test for whatever is met, and a reason for whatever does not apply", () => {
    expect(claimsOfBcp247.filter((claim) => !isHonest(claim))).toEqual([]);
    const wrong = ofBcp247.filter(([, applies = "", , status]) =>
      status === "not applicable" ? !/^no: \S/.test(applies) : applies !== "yes",
    );
    expect(wrong).toEqual([]);
  });

  it.each(claimsOfBcp247.filter(withEvidence))("names tests that are there: $row", ({ evidence }) =>
    expect(missingOf(evidence)).toEqual([]),
  );
});

/** A name may be built in the test file, of which it then quotes the template. */
function missingOf(evidence: Claim["evidence"]): Claim["evidence"] {
  return evidence.filter(({ file, name }) => !existsSync(file) || !holdsTest(file, name));
}

/** Whether the file hands this name, or the template of it, to a call such as `it(…)`. */
function holdsTest(file: string, name: string): boolean {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`\\(\\s*(["'\`])${literal}\\1`).test(readDocument(file));
}
