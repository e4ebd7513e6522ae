import path from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, inject } from "vitest";
import type { Database } from "../../src/platform/storage/database";
import { openPostgres } from "../../src/platform/storage/postgres/database";
import { copyDatabase, dropDatabase } from "../helpers/postgres/databases";
import { describeStorage } from "./describe-storage";
import type { OpenedStorage } from "./open-storage";

const template = inject("postgresTemplate");

/** In an order in which no row is left that another one refers to. */
const tables = [
  ...[
    "AcknowledgedNotice",
    "AuditEvent",
    "Invitation",
    "EmailAddress",
    "KnownDevice",
    "MailRecovery",
    "SignUpRequest",
    "OAuthClient",
    "OutgoingMail",
    "Passkey",
    "PasskeyChallenge",
  ],
  ...["QrLogin", "SecondFactor", "SecondFactorChallenge", "ServerKey", "Session"],
  ...["SetupLink", "SignInThrottle", "SiteCode", "Ticket", "UsedProof", "User"],
];

let url: string;
let owner: Client;
let connections: readonly [Database, Database];

function connect(): Promise<Database> {
  return openPostgres(url, {
    migrationsDir: path.resolve("prisma/postgres/migrations"),
    tellFault: () => undefined,
  });
}

/** One database for all tests, emptied after each: to make one takes longer than most tests. */
async function openEmptied(): Promise<OpenedStorage> {
  const [driver, other] = connections;
  return {
    driver,
    another: async () => other,
    async close() {
      await owner.query(tables.map((table) => `DELETE FROM "${table}"`).join(";"));
    },
  };
}

describe.runIf(template !== null)("PostgreSQL", () => {
  beforeAll(async () => {
    url = await copyDatabase(template ?? "");
    connections = [await connect(), await connect()];
    owner = new Client({ connectionString: url });
    await owner.connect();
  });
  afterAll(async () => {
    for (const connection of connections) await connection.close();
    await owner.end();
    await dropDatabase(url, url);
  });
  describeStorage(openEmptied);
});
