import { describe, expect, it } from "vitest";
import { type ErrorRow, errorTable } from "../../../src/contract/errors";
import { readDocument, sections } from "../../helpers/markdown";

const paragraphs = sections(readDocument("docs/reference/errors.md"), 3);
const table: Record<string, ErrorRow> = errorTable;

function statusLine({ httpStatus, oauthStatus, trpcCode }: ErrorRow): string {
  const oauth = oauthStatus === undefined ? "" : ` · OAuth ${oauthStatus}`;
  return `Plain ${httpStatus}${oauth} · tRPC \`${trpcCode}\`.`;
}

describe("docs/reference/errors.md", () => {
  it("has a paragraph for each code and no other", () => {
    expect([...paragraphs.keys()]).toEqual(Object.keys(table));
  });

  it("begins each paragraph with the statuses of the table", () => {
    const documented = [...paragraphs].map(([code, text]) => [code, text.slice(0, text.indexOf("`.") + 2)]);
    expect(documented).toEqual(Object.entries(table).map(([code, row]) => [code, statusLine(row)]));
  });
});
