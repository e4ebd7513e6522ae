import { randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** @returns undefined when there is no such file @throws what the file system throws otherwise */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isErrorOf("ENOENT", error)) return undefined;
    throw error;
  }
}

/** Puts the text in the place of what is there, at once: a reader sees the one or the other. Mode 0600. */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  await withDraft(path, text, (draft) => rename(draft, path));
}

/** @returns whether it was made; false when there was such a file already, which stays as it is */
export async function createPrivateFile(path: string, text: string): Promise<boolean> {
  let isNew = true;
  await withDraft(path, text, async (draft) => {
    try {
      // Unlike rename, link refuses to take the place of a file: of two processes, one makes it.
      await link(draft, path);
    } catch (error) {
      if (!isErrorOf("EEXIST", error)) throw error;
      isNew = false;
    }
  });
  return isNew;
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Writes a file beside the path, complete and on the disk, before `publish` gives it its name. */
async function withDraft(path: string, text: string, publish: (draft: string) => Promise<void>) {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await publish(draft);
  } finally {
    await removeFile(draft);
  }
}

function isErrorOf(code: string, error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
