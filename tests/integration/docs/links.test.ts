import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readDocument } from "../../helpers/markdown";

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.posix.join("docs", file.replaceAll("\\", "/"))),
];

const withoutCode = (markdown: string) => markdown.replace(/^```[\s\S]*?^```$/gm, "");

/** Anchors as GitHub makes them of headings. */
function anchorsOf(file: string): Set<string> {
  const headings = [...withoutCode(readDocument(file)).matchAll(/^#{1,6} (.+)$/gm)].map(
    (match) => match[1] ?? "",
  );
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

function brokenLinksOf(document: string): string[] {
  const targets = [...withoutCode(readDocument(document)).matchAll(/\]\(([^)\s]+)\)/g)].map(
    (match) => match[1] ?? "",
  );
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [file = "", anchor] = target.split("#");
    const resolved = file === "" ? document : path.join(path.dirname(document), file);
    if (!existsSync(resolved)) return true;
    return anchor !== undefined && !anchorsOf(resolved).has(anchor);
  });
}

describe("the documents", () => {
  it.each(documents)("%s links to what exists", (document) => {
    expect(brokenLinksOf(document)).toEqual([]);
  });

  it.each(documents)("%s names no file of the sources that is gone", (document) => {
    const named = [...readDocument(document).matchAll(/`((?:src|tests|prisma)\/[\w./-]+)`/g)].map(
      (match) => match[1] ?? "",
    );
    expect(named.filter((file) => !existsSync(file))).toEqual([]);
  });
});
