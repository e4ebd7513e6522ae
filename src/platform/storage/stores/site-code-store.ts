import type { SiteCodeStore } from "../../../modules/protected-sites";
import { type Driver, requireInserted } from "../driver";

export function createSiteCodeStore(database: Driver): SiteCodeStore {
  return {
    async insert(code) {
      requireInserted(await database.insert("SiteCode", code));
    },
    async consume({ codeHash, site, state }, { after, until }) {
      const [row] = await database.rows<{ sessionId: string }>`
        DELETE FROM "SiteCode"
        WHERE "codeHash" = ${codeHash} AND "site" = ${site} AND "state" = ${state}
          AND "expiresAt" > ${after} AND "expiresAt" <= ${until}
        RETURNING "sessionId"`;
      return row?.sessionId;
    },
    async deleteExpiredBefore(before) {
      const { count } = await database.siteCode.deleteMany({ where: { expiresAt: { lt: before } } });
      return count;
    },
  };
}
