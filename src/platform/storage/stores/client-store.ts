import {
  type ClientGrant,
  type ClientRecord,
  type ClientStore,
  clientGrants,
  readClientKeys,
} from "../../../modules/clients";
import type { OAuthClient } from "../../prisma/generated/sqlite/client";
import type { Driver } from "../driver";

export function createClientStore(database: Driver): ClientStore {
  return {
    async insert({ grants, scopes, origins, jwks, ...client }) {
      return database.insert("OAuthClient", {
        ...client,
        grants: grants.join(" "),
        scopes: scopes.join(" "),
        origins: origins.join(" "),
        jwks: jwks === null ? null : JSON.stringify(jwks),
      });
    },
    async find(id) {
      const [row] = await database.rows<OAuthClient>`SELECT * FROM "OAuthClient" WHERE "id" = ${id}`;
      return row ? toClient(row) : undefined;
    },
    async list() {
      const rows = await database.rows<OAuthClient>`SELECT * FROM "OAuthClient" ORDER BY "id"`;
      return rows.map(toClient);
    },
    async delete(id) {
      return (await database.changes`DELETE FROM "OAuthClient" WHERE "id" = ${id}`) === 1;
    },
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
