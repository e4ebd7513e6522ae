import {
  type ClientGrant,
  type ClientRecord,
  type ClientStore,
  clientGrants,
  readClientKeys,
} from "../../../modules/clients";
import type { OAuthClient } from "../../prisma/generated/sqlite/client";
import type { Driver } from "../driver";
import { mayStill } from "./guard";
import { ACTS_ON_ACCOUNTS } from "./turns";

export function createClientStore(database: Driver): ClientStore {
  return {
    async insert(client, by) {
      const { id, name, grants, audience, requiresBinding, secretHash, jwks, scopes, origins } =
        toRow(client);
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).changes`
        INSERT INTO "OAuthClient" ("id", "name", "grants", "audience", "requiresBinding", "secretHash", "jwks", "scopes",
          "origins", "createdAt", "revision")
        SELECT ${id}, ${name}, ${grants}, ${audience}, ${requiresBinding}, ${secretHash}, ${jwks}, ${scopes}, ${origins},
          ${client.createdAt}, 0
        WHERE ${mayStill(by)}
        ON CONFLICT DO NOTHING`;
      return count === 1;
    },
    async find(id) {
      const [row] = await database.rows<OAuthClient>`SELECT * FROM "OAuthClient" WHERE "id" = ${id}`;
      return row ? toClient(row) : undefined;
    },
    async list() {
      const rows = await database.rows<OAuthClient>`SELECT * FROM "OAuthClient" ORDER BY "id"`;
      return rows.map(toClient);
    },
    async replace(client, by) {
      const { id, name, grants, audience, requiresBinding, secretHash, jwks, scopes, origins } =
        toRow(client);
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).changes`
        UPDATE "OAuthClient"
        SET "name" = ${name}, "grants" = ${grants}, "audience" = ${audience}, "requiresBinding" = ${requiresBinding},
            "secretHash" = ${secretHash}, "jwks" = ${jwks}, "scopes" = ${scopes}, "origins" = ${origins},
            "revision" = "revision" + 1
        WHERE "id" = ${id} AND "revision" = ${client.revision} AND ${mayStill(by)}`;
      return count === 1;
    },
    async remove(id, by) {
      // Of what was there: two who remove it at once do not both take it for theirs.
      const [row] = await database.rows<OAuthClient>`SELECT * FROM "OAuthClient" WHERE "id" = ${id}`;
      if (!row) return undefined;
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).changes`
        DELETE FROM "OAuthClient" WHERE "id" = ${id} AND ${mayStill(by)}`;
      return count === 1 ? toClient(row) : undefined;
    },
    async noteUse(id, at) {
      await database.changes`
        UPDATE "OAuthClient" SET "lastUsedAt" = ${at}
        WHERE "id" = ${id} AND ("lastUsedAt" IS NULL OR "lastUsedAt" < ${at})`;
    },
    async listUse(now) {
      const rows = await database.rows<{ client: string; people: number; sessions: number }>`
        SELECT COALESCE("applicationId", "clientId") AS "client",
          CAST(COUNT(DISTINCT "userId") AS INTEGER) AS "people", CAST(COUNT(*) AS INTEGER) AS "sessions"
        FROM "Session"
        WHERE ("clientId" <> 'countersign' OR "applicationId" IS NOT NULL)
          AND "endedAt" IS NULL AND "expiresAt" > ${now} AND "idleExpiresAt" > ${now}
        GROUP BY COALESCE("applicationId", "clientId")`;
      return rows.map(({ client, people, sessions }) => ({
        clientId: client,
        people: Number(people),
        sessions: Number(sessions),
      }));
    },
  };
}

function toRow({ grants, scopes, origins, jwks, ...client }: ClientRecord) {
  return {
    ...client,
    grants: grants.join(" "),
    scopes: scopes.join(" "),
    origins: origins.join(" "),
    jwks: jwks === null ? null : JSON.stringify(jwks),
  };
}

function toClient({ grants, scopes, origins, jwks, ...row }: OAuthClient): ClientRecord {
  const names = grants.split(" ");
  return {
    ...row,
    grants: clientGrants.filter((grant): grant is ClientGrant => names.includes(grant)),
    scopes: scopes === "" ? [] : scopes.split(" "),
    origins: origins === "" ? [] : origins.split(" "),
    jwks: jwks === null ? null : readClientKeys(JSON.parse(jwks)),
  };
}
