import Database from "better-sqlite3";
import type { RunningServer } from "./server";

const HOUR_IN_MS = 3_600_000;

/**
 * As if the user of every session on the server had been authenticated an hour earlier: what asks for a step-up now does. The
 * service starts again, because it remembers who is signed in.
 */
export async function ageAuthentications(server: RunningServer): Promise<void> {
  onDatabase(server, (database) => {
    const rows = database.prepare(`SELECT "id", "authenticatedAt" AS at FROM "Session"`).all();
    const update = database.prepare(`UPDATE "Session" SET "authenticatedAt" = ? WHERE "id" = ?`);
    for (const { id, at } of rows as { id: string; at: string | number }[]) {
      const earlier = new Date(at).getTime() - HOUR_IN_MS;
      update.run(typeof at === "string" ? new Date(earlier).toISOString() : earlier, id);
    }
  });
  await server.restart();
}

/** As if every passkey on the server had been deleted elsewhere, with no word of it to open pages. */
export function deletePasskeys(server: RunningServer): void {
  onDatabase(server, (database) => database.prepare(`DELETE FROM "Passkey"`).run());
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
