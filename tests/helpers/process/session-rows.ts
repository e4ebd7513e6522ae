import Database from "better-sqlite3";
import type { RunningServer } from "./server";

const HOUR_IN_MS = 3_600_000;

/**
 * As if the user of every session on the server had been authenticated an hour earlier: what asks for a step-up now does. The
 * service starts again, because it remembers who is signed in.
 */
export async function ageAuthentications(server: RunningServer): Promise<void> {
  onDatabase(server, (database) => moveBack(database, "Session", "authenticatedAt", HOUR_IN_MS));
  await server.restart();
}

/** As if those on the server who have asked for the deletion of their accounts had done so that much earlier. It starts again. */
export async function ageDeletions(server: RunningServer, days: number): Promise<void> {
  onDatabase(server, (database) => {
    for (const column of ["deletionDueAt", "keepableUntil"])
      moveBack(database, "User", column, days * 24 * HOUR_IN_MS);
  });
  await server.restart();
}

/** As if every passkey on the server had been deleted elsewhere, with no word of it to open pages. */
export function deletePasskeys(server: RunningServer): void {
  onDatabase(server, (database) => database.prepare(`DELETE FROM "Passkey"`).run());
}

/** As if everybody on the server had used up their recovery codes but for so many. */
export function leaveRecoveryCodes(server: RunningServer, count: number): void {
  onDatabase(server, (database) => {
    const rows = database.prepare(`SELECT "userId", "recoveryCodes" AS codes FROM "SecondFactor"`).all();
    const update = database.prepare(`UPDATE "SecondFactor" SET "recoveryCodes" = ? WHERE "userId" = ?`);
    for (const { userId, codes } of rows as { userId: string; codes: string }[])
      update.run(codes.split(" ").slice(0, count).join(" "), userId);
  });
}

function onDatabase(server: RunningServer, act: (database: Database.Database) => void): void {
  const database = new Database(`${server.dataDir}/countersign.db`);
  database.pragma("busy_timeout = 5000");
  try {
    act(database);
  } finally {
    database.close();
  }
}

function moveBack(database: Database.Database, table: string, column: string, byMs: number): void {
  const rows = database.prepare(`SELECT "id", "${column}" AS at FROM "${table}" WHERE "${column}" NOT NULL`);
  const update = database.prepare(`UPDATE "${table}" SET "${column}" = ? WHERE "id" = ?`);
  for (const { id, at } of rows.all() as { id: string; at: string | number }[]) {
    const earlier = new Date(at).getTime() - byMs;
    // As the service writes it, which looks for the very text.
    update.run(typeof at === "string" ? new Date(earlier).toISOString().replace("Z", "+00:00") : earlier, id);
  }
}
