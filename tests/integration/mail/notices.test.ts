import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { administrator, callAs } from "../../helpers/invitations/steps";
import { type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { addEmail, callBy, mailSettings, sendMails } from "../../helpers/mail/steps";
import { Authenticator } from "../../helpers/passkeys/authenticator";
import { addPasskey, callAs as callOf } from "../../helpers/passkeys/steps";
import { newDevice, PASSWORD, startService, type TestService, type Tokens } from "../../helpers/service";

const NEW_PASSWORD = "seven lamps over a quarry";

let mailServer: MailServer;
let service: TestService;
let ada: Tokens;
let adasId: string;
let email: string;
let count = 0;

beforeAll(async () => {
  mailServer = await startMailServer();
});
afterAll(() => mailServer.close());
beforeEach(async () => {
  count += 1;
  email = `ada${count}@example.com`;
  service = await startService(mailSettings(mailServer));
  adasId = await service.addUser("ada");
  ada = await service.signIn("ada");
  await addEmail(service, mailServer, ada, email);
  return () => service.close();
});

const changed = "The password of your account at localhost:3000 was changed";
const removed = "Your account at localhost:3000 lost its second factor";
async function subjects(): Promise<(string | undefined)[]> {
  await sendMails(service);
  // The first proved the address.
  return mailServer.mails
    .filter(({ to }) => to.includes(email))
    .slice(1)
    .map((mail) => mail.header("Subject"));
}
function addApp(): void {
  const database = new Sqlite(service.databaseFile);
  database
    .prepare(`INSERT INTO "SecondFactor" ("userId", "recoveryCodes") VALUES (?, ?)`)
    .run(adasId, "hash");
  database.close();
}

describe("all addresses of an account hear of it by mail", () => {
  it("when its user changes the password", async () => {
    const json = { old_password: PASSWORD, new_password: NEW_PASSWORD };
    expect((await callBy(service, ada, "/api/auth/password", json)).status).toBe(204);
    expect(await subjects()).toEqual([changed]);
  });

  it("when the operator sets another password", async () => {
    await service.container.accounts.resetPassword("ada", NEW_PASSWORD);
    expect(await subjects()).toEqual([changed]);
  });

  it("when an owner removes the second factors; and not when there are none", async () => {
    const olive = await administrator(service, "olive");
    const path = `/api/admin/users/${adasId}/second-factors`;
    addApp();
    for (let round = 0; round < 2; round += 1) await callAs(service, olive, "DELETE", path);
    expect(await subjects()).toEqual([removed]);
  });

  it("when its user adds a passkey and removes it; and not when a passkey is refused", async () => {
    const device = await newDevice();
    const bound = await service.signIn("ada", device);
    const passkey = new Authenticator();
    expect((await addPasskey(service, bound, device, passkey)).status).toBe(201);
    expect((await addPasskey(service, bound, device, passkey)).status).toBe(401);
    expect(await subjects()).toEqual(["A passkey was added to your account at localhost:3000"]);
    const path = `/api/auth/passkeys/${passkey.id}`;
    for (const status of [204, 404])
      expect((await callOf(service, bound, device, ["DELETE", path])).status).toBe(status);
    expect((await subjects()).slice(1)).toEqual([
      "A passkey was removed from your account at localhost:3000",
    ]);
  });

  it("and not when a password is tried that is wrong", async () => {
    const json = { old_password: "wrong", new_password: NEW_PASSWORD };
    expect((await callBy(service, ada, "/api/auth/password", json)).body.error).toBe("invalid_credentials");
    expect(await subjects()).toEqual([]);
  });
});
