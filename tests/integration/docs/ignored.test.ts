import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readDocument } from "../../helpers/markdown";

/** What a command of a document writes into the project's folder. */
const written = [
  ["docs/reference/operator.md", /> (ada-password)/],
  ["docs/how-to/call-from-a-service.md", /> (reports-password)/],
  ["docs/how-to/upgrade-and-back-up.md", /\.backup '(backup\/countersign\.db)'/],
] as const;

it.each(written)("what %s tells its reader to make in the folder is ignored by git", (document, made) => {
  const folder = mkdtempSync(join(tmpdir(), "ignored-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync("git", ["init", "-q"], { cwd: folder });
  copyFileSync(".gitignore", join(folder, ".gitignore"));
  const [, name = ""] = made.exec(readDocument(document)) ?? [];
  expect(execFileSync("git", ["check-ignore", name], { cwd: folder, encoding: "utf8" }).trim()).toBe(name);
});
