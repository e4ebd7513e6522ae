import type { PersonalDataStore } from "../../../modules/personal-data";
import type { Driver } from "../driver";

type Row = Readonly<Record<string, unknown>>;

export function createPersonalDataStore(database: Driver): PersonalDataStore {
  const { rows } = database;
  return {
    async readRows(id) {
      return {
        account: await rows<Row>`SELECT * FROM "User" WHERE "id" = ${id}`,
        mail_addresses:
          await rows<Row>`SELECT * FROM "EmailAddress" WHERE "userId" = ${id} ORDER BY "createdAt"`,
        passkeys: await rows<Row>`SELECT * FROM "Passkey" WHERE "userId" = ${id} ORDER BY "createdAt"`,
        second_factor: await rows<Row>`SELECT * FROM "SecondFactor" WHERE "userId" = ${id}`,
        sessions: await rows<Row>`SELECT * FROM "Session" WHERE "userId" = ${id} ORDER BY "createdAt"`,
        known_devices:
          await rows<Row>`SELECT * FROM "KnownDevice" WHERE "userId" = ${id} ORDER BY "createdAt"`,
        scanned_codes: await rows<Row>`
          SELECT * FROM "QrLogin" WHERE "claimedByUserId" = ${id} ORDER BY "createdAt"`,
        invitations:
          await rows<Row>`SELECT * FROM "Invitation" WHERE "createdBy" = ${id} ORDER BY "createdAt"`,
        notices_put_away: await rows<Row>`
          SELECT * FROM "AcknowledgedNotice" WHERE "userId" = ${id} ORDER BY "acknowledgedAt"`,
        events: await rows<Row>`SELECT * FROM "AuditEvent" WHERE "userId" = ${id} ORDER BY "at"`,
        acts_on_others: await rows<Row>`
          SELECT "id", "at", "type", "address" FROM "AuditEvent"
          WHERE "actorId" = ${id} AND ("userId" IS NULL OR "userId" <> ${id}) ORDER BY "at"`,
      };
    },
  };
}
