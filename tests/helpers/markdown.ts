import { readFileSync } from "node:fs";
import path from "node:path";

/** A document of the project, by its path from the root. */
export function readDocument(file: string): string {
  return readFileSync(path.resolve(file), "utf8");
}

/** The rows of every table, cell by cell, header rows and rules included. A `\|` does not end a cell. */
export function tableRows(markdown: string): string[][] {
  return markdown
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf("|"))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** Each heading of the level with the text up to the next heading of any level. */
export function sections(markdown: string, level: number): Map<string, string> {
  const found = new Map<string, string>();
  const parts = markdown.split(/^(?=#{1,6} )/m);
  for (const part of parts) {
    const [heading = "", ...rest] = part.split("\n");
    if (heading.startsWith(`${"#".repeat(level)} `))
      found.set(heading.slice(level + 1), rest.join("\n").trim());
  }
  return found;
}

/** What is in fenced blocks of the language. */
export function codeBlocks(markdown: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...markdown.matchAll(fence)].map((match) => match[1] ?? "");
}
