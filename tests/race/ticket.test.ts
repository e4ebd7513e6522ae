import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newDevice, PASSWORD, startService, type TestService } from "../helpers/service";
import { encrypt, getTicket, login, tally, times } from "../helpers/steps/sign-in";

let service: TestService;
let second: TestService | undefined;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
});

afterEach(async () => {
  await second?.close();
  second = undefined;
  await service.close();
});

describe("one ticket, fifty sign-ins at once", () => {
  it("lets one of them in", async () => {
    const { t } = await getTicket(service);
    const answers = await times(50, () => login(service, { t, username: "ada", password: PASSWORD }));
    expect(tally(answers)).toEqual({ "200": 1, invalid_ticket: 49 });
    expect(await service.container.sessions.listLive(await idOf("ada"))).toHaveLength(1);
  });

  it("checks one wrong password and counts it once", async () => {
    const { t } = await getTicket(service);
    const answers = await times(50, () => login(service, { t, username: "ada", password: "wrong" }));
    expect(tally(answers)).toEqual({ invalid_credentials: 1, invalid_ticket: 49 });
    const honest = await service.signIn("ada");
    expect(honest.session_id).toBeTruthy();
  });

  it("lets one of them in when the credentials are encrypted and the ticket is bound to a key", async () => {
    const device = await newDevice();
    const { t, encryption_jwk } = await getTicket(service, { device });
    const credentials = await encrypt(encryption_jwk, { t, username: "ada", password: PASSWORD });
    const answers = await times(50, () => login(service, { t, credentials }, { device }));
    expect(tally(answers)).toEqual({ "200": 1, invalid_ticket: 49 });
  });

  it("lets one of them in across two instances on one database", async () => {
    second = await service.another();
    const instances = [service, second] as const;
    const { t } = await getTicket(service);
    const answers = await times(50, (index) =>
      login(instances[index % 2] ?? service, { t, username: "ada", password: PASSWORD }),
    );
    expect(tally(answers)["200"]).toBe(1);
    expect(answers.every(({ status }) => status === 200 || status === 400 || status === 429)).toBe(true);
    expect(await service.container.sessions.listLive(await idOf("ada"))).toHaveLength(1);
  });

  it("checks one password when fifty different ones are tried with it", async () => {
    const { t } = await getTicket(service);
    const answers = await times(50, (index) =>
      login(service, { t, username: "ada", password: index === 25 ? PASSWORD : `guess ${index}` }),
    );
    const checked = answers.filter(({ body }) => body.error !== "invalid_ticket");
    expect(checked).toHaveLength(1);
  });
});

async function idOf(username: string): Promise<string> {
  return (await service.container.accounts.findByUsername(username))?.id ?? "";
}
