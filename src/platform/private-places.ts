import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { OperatorError } from "./operator-error";

const OTHERS_WRITE = 0o022;
const WORLD_WRITES = 0o002;
/** Only a file's owner may replace it there, as in /tmp. */
const STICKY = 0o1000;
const ROOT = 0;

/** The settings that name places. */
export type PlaceSetting = "DATA_DIR" | "DATABASE_URL";

/**
 * Sees to it that nobody but the service's user, and root, can change what is in a folder, or put another in its place:
 * somebody who could would decide what the service takes for true. Links are followed, and have to be as safe as the folder.
 *
 * Where modes mean nothing (Windows, file systems that give everything one mode) it can only say so.
 *
 * @returns what the operator should know, though the service may start
 * @throws OperatorError with the command that fixes it
 */
export function requirePrivateFolder(folder: string, setting: PlaceSetting): string[] {
  const user = process.geteuid?.();
  if (user === undefined || !existsSync(folder)) return [];
  const real = realpathSync(folder);
  const stats = statSync(real);
  const isLoose = (stats.mode & OTHERS_WRITE) !== 0;
  if (isLoose && !keepsModes(real)) {
    return [
      `${setting}: the file system of ${folder} keeps no modes; nobody else may be able to write there`,
    ];
  }
  const notes = [...ownerNotes(folder, lstatSync(folder), { setting, user })];
  if (real !== folder) notes.push(...ownerNotes(real, stats, { setting, user }));
  if (isLoose) {
    throw new OperatorError(
      `${setting}: others may write to ${real} (mode ${modeOf(stats)}), and so decide what this service believes. To fix it: ${command("chmod go-w", real)}${elsewhere(stats, setting, user)}`,
    );
  }
  for (const place of new Set([path.dirname(folder), real])) requireFixed(place, setting);
  return notes;
}

/**
 * The same for a file. What the service's own user owns is corrected.
 *
 * @returns what the operator should know: that it was corrected, and may have been changed before
 * @throws OperatorError with the command that fixes it
 */
export function requirePrivateFile(file: string, setting: PlaceSetting): string[] {
  const user = process.geteuid?.();
  if (user === undefined || !existsSync(file)) return [];
  const real = realpathSync(file);
  const stats = statSync(real);
  if (lstatSync(file).isSymbolicLink()) requireFixed(path.dirname(real), setting);
  const isLoose = (stats.mode & OTHERS_WRITE) !== 0;
  if (isLoose && !keepsModes(path.dirname(real))) return [];
  const notes = ownerNotes(real, stats, { setting, user });
  if (!isLoose) return notes;
  if (stats.uid !== user) {
    throw new OperatorError(
      `${setting}: others may write to ${real} (mode ${modeOf(stats)}). To fix it: ${command("chmod go-w", real)}`,
    );
  }
  chmodSync(real, stats.mode & 0o700);
  return [
    ...notes,
    `${setting}: others could write to ${real} (mode ${modeOf(stats)}); this is corrected, but they may have changed it`,
  ];
}

/** Everything about a place is its owner's to decide. Root may work in another user's folder, as in containers. */
function ownerNotes(
  place: string,
  { uid }: Stats,
  { setting, user }: { readonly setting: PlaceSetting; readonly user: number },
): string[] {
  if (uid === user || uid === ROOT) return [];
  if (user === ROOT)
    return [`${setting}: ${place} belongs to user ${uid}, who may change everything the service keeps there`];
  throw new OperatorError(
    `${setting}: ${place} belongs to user ${uid}, and the service runs as ${user}. Run it as that user, or: ${command(`chown -R ${user}`, place)}`,
  );
}

/** A folder above that everyone may write to lets everyone put another in this one's place. */
function requireFixed(place: string, setting: PlaceSetting): void {
  for (let at = realpathSync(place); at !== path.dirname(at); at = path.dirname(at)) {
    const stats = statSync(at);
    if ((stats.mode & WORLD_WRITES) === 0 || (stats.mode & STICKY) !== 0) continue;
    throw new OperatorError(
      `${setting}: everyone may write to ${at} (mode ${modeOf(stats)}), and so put another folder in the place of what is below it. To fix it: ${command("chmod o-w", at)}`,
    );
  }
}

/** Whether a file gets the mode that it is made with; on shares and foreign disks all have the same. */
function keepsModes(folder: string): boolean {
  const probe = path.join(folder, `.mode-${randomBytes(6).toString("hex")}`);
  try {
    writeFileSync(probe, "", { mode: 0o600, flag: "wx" });
    return (statSync(probe).mode & 0o077) === 0;
  } catch {
    return true;
  } finally {
    rmSync(probe, { force: true });
  }
}

/** A folder that a platform makes for a group cannot be corrected by the service's user, but can hold one that is. */
function elsewhere({ uid }: Stats, setting: PlaceSetting, user: number): string {
  return uid === user || setting !== "DATA_DIR"
    ? ""
    : " (as its owner); or set DATA_DIR to a folder below it that is not there yet, which the service makes itself";
}

function modeOf({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

function command(program: string, place: string): string {
  return `${program} '${place.replaceAll("'", "'\\''")}'`;
}
