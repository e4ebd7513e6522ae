import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Administrator, administrator, callAs } from "../../helpers/invitations/steps";
import { type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { addEmail, mailSettings } from "../../helpers/mail/steps";
import { bearer, startService, type TestService, type Tokens } from "../../helpers/service";

const OWN = "Ada@example.com";
const ANOTHERS = "grace@example.com";
const NOBODYS = "nobody@example.com";

let mailServer: MailServer;
let service: TestService;
let owner: Administrator;
let ada: Tokens;
let adasId: string;

beforeAll(async () => {
  mailServer = await startMailServer();
  service = await startService(mailSettings(mailServer));
  owner = await administrator(service, "olive");
  adasId = await service.addUser("ada");
  ada = await service.signIn("ada");
  await addEmail(service, mailServer, ada, OWN);
  await service.addUser("grace");
  await addEmail(service, mailServer, await service.signIn("grace"), ANOTHERS);
  // Somebody who has entered it has not proven it.
  await service.call("/api/auth/emails", { headers: bearer(ada.access_token), json: { email: NOBODYS } });
});
afterAll(async () => {
  await service.close();
  await mailServer.close();
});

const ways = {
  "by its user": (username: string) =>
    service.call("/api/auth/me", {
      method: "PATCH",
      headers: bearer(ada.access_token),
      json: { username },
    }),
  "by an owner": (username: string) =>
    callAs(service, owner, "PATCH", `/api/admin/users/${adasId}`, { username }),
};
const nameOf = async () => (await service.container.accounts.find(adasId))?.username;

describe.each(Object.entries(ways))("a username that is changed %s", (_, change) => {
  it.each([ANOTHERS, NOBODYS, "ＮＯＢＯＤＹ@example.com"])("is not the address %s", async (username) => {
    const before = await nameOf();
    expect(await change(username)).toMatchObject({ status: 400, body: { field: "username" } });
    expect(await nameOf()).toBe(before);
  });

  it("is an address that the account has verified, and the account is found by it", async () => {
    expect((await change(OWN)).status).toBe(200);
    expect(await nameOf()).toBe(OWN);
    await service.signIn("ADA@example.com");
    expect((await change("ada")).status).toBe(200);
  });
});

it("the operator's command gives nobody an address as the name, neither at once nor by a rename", async () => {
  const { accounts, accountAdministration } = service.container;
  const refused = { code: "invalid_request", details: { field: "username" } };
  const wanted = { username: NOBODYS, password: "copper lantern meadow twelve" };
  await expect(accounts.create(wanted)).rejects.toMatchObject(refused);
  await expect(accountAdministration.rename("ada", NOBODYS)).rejects.toMatchObject(refused);
  await expect(accountAdministration.rename("ada", ANOTHERS)).rejects.toMatchObject(refused);
});

it("the first account has no address as its name", async () => {
  const fresh = await startService();
  const secret = (await fresh.container.setupLink.renew()) ?? "";
  const wanted = { username: NOBODYS, password: "copper lantern meadow twelve" };
  await expect(fresh.container.setupLink.claim(secret, wanted)).rejects.toMatchObject({
    code: "invalid_request",
  });
  expect(await fresh.container.accounts.hasAny()).toBe(false);
  await fresh.close();
});
