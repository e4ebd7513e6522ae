import { describe, expect, it } from "vitest";
import { line, sheet, table } from "./answer";

const at = new Date("2026-01-02T03:04:05.678Z");

describe("an answer", () => {
  it("of one line has tabs between its values, and leaves out what there is not", () => {
    expect(line({ client: "till", secret: null, is: "added" })).toEqual({
      text: "till\tadded\n",
      data: { client: "till", secret: null, is: "added" },
    });
  });

  it("in a table is in columns below their headings, wide characters too", () => {
    const rows = [
      { username: "张伟", roles: ["owner", "user"], created_at: at },
      { username: "zoe\u0308", roles: [], created_at: null },
    ];
    expect(table(rows).text).toBe(
      [
        "USERNAME  ROLES       CREATED AT",
        "张伟      owner,user  2026-01-02T03:04:05.678Z",
        "zoe\u0308       -           -",
        "",
      ].join("\n"),
    );
    expect(table(rows).data).toBe(rows);
  });

  it("without a row is no line, and an empty list for programs", () => {
    expect(table([])).toEqual({ text: "", data: [] });
  });

  it("about one thing names each fact", () => {
    expect(sheet({ username: "ada", is_open: true }).text).toBe("username  ada\nis open   yes\n");
  });

  it("writes no control characters to a terminal", () => {
    const { text } = table([{ name: "\u001b[2Jada\u009b\u202e\n" }]);
    expect(text).toBe("NAME\n\ufffd[2Jada\ufffd\ufffd\ufffd\n");
  });
});
