import { randomBytes } from "node:crypto";
import Database from "better-sqlite3";
import { addUser, type RunningServer } from "./server";

const hashes = new WeakMap<RunningServer, string>();

/**
 * One more account on the server, all with the same password. Only the first is made by the operator's command; for the others
 * a row with its hash is enough, so that each test can have an account without waiting for a process.
 *
 * @param username lower-case ASCII
 */
export async function addFurtherUser(
  server: RunningServer,
  username: string,
  password: string,
): Promise<void> {
  const hash = hashes.get(server);
  if (hash === undefined) await addUser(server, username, password);
  const database = new Database(`${server.dataDir}/countersign.db`);
  database.pragma("busy_timeout = 5000");
  try {
    if (hash === undefined) {
      const first = database.prepare(`SELECT "passwordHash" AS hash FROM "User" WHERE "usernameKey" = ?`);
      hashes.set(server, (first.get(username) as { hash: string }).hash);
      return;
    }
    database
      .prepare(
        `INSERT INTO "User"
           ("id", "username", "usernameKey", "displayName", "roles", "passwordHash", "passwordChangedAt", "createdAt")
         SELECT ?, ?, ?, ?, 'user', ?, max("createdAt"), max("createdAt") FROM "User"`,
      )
      .run(randomBytes(16).toString("base64url"), username, username, username, hash);
  } finally {
    database.close();
  }
}
