import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SystemOutput, systemOutput } from "../../../src/contract/system";
import { environmentShape, readEnvironment } from "../../../src/server/settings/environment";
import { bearer, startService, type TestService } from "../../helpers/service";

let service: TestService;
let token: string;

beforeAll(async () => {
  const settings = { SMTP_URL: "smtp://mailer:hunter2hunter2@127.0.0.1:9", MAIL_FROM: "sign-in@example.com" };
  service = await startService({ ...settings, REFRESH_REUSE_INTERVAL: "17" });
  await service.addUser("olive");
  token = (await service.signIn("olive")).access_token;
});
afterAll(() => service.close());

async function look(): Promise<SystemOutput> {
  const { status, body } = await service.call("/api/admin/system", { headers: bearer(token) });
  expect(status).toBe(200);
  return systemOutput.parse(body);
}

describe("the state of the installation", () => {
  it("says the version, the storage with its migrations, the signing keys and what settings are in force", async () => {
    const system = await look();
    expect(system.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(system.node).toBe(process.versions.node);
    expect(system.instances).toBeGreaterThanOrEqual(1);
    expect(system.storage.size_in_bytes).toBeGreaterThan(10_000);
    expect(system.storage.migrations.applied).toBeGreaterThan(0);
    expect(system.storage.migrations.latest).toMatch(/^\d{14}_\w+$/);
    const [key] = system.keys;
    expect(key).toMatchObject({
      kid: service.container.keys.current("sig").kid,
      alg: "ES256",
      retired_at: null,
    });
    expect(system.next_rotation_at).toBe((key?.created_at ?? 0) + 30 * 86_400);
    const shown = new Map(system.settings.map((setting) => [setting.name, setting]));
    expect(shown.get("REFRESH_REUSE_INTERVAL")).toMatchObject({ value: "17", is_default: false });
    expect(shown.get("PORT")).toMatchObject({ value: "3000", is_default: true });
    expect(shown.get("SMTP_URL")).toMatchObject({ value: "(set)", is_default: false });
  });

  it("says how many mails wait, since when, and why the last one could not be sent", async () => {
    expect((await look()).mail).toEqual({
      enabled: true,
      waiting: 0,
      oldest_since: null,
      last_failure: null,
    });
    const headers = bearer(token);
    const json = { email: "olive@example.com" };
    expect((await service.call("/api/auth/emails", { headers, json })).status).toBe(202);
    expect((await look()).mail).toMatchObject({ waiting: 1, oldest_since: expect.any(Number) as number });
    await service.container.mail.sender?.sendDue();
    const { mail } = await look();
    expect(mail.last_failure?.reason).toEqual(expect.any(String));
    expect(JSON.stringify(mail)).not.toMatch(/olive|hunter2|mailer/);
  });

  it("opens for owners and admins only", async () => {
    await service.addUser("una");
    const headers = bearer((await service.signIn("una")).access_token);
    expect((await service.call("/api/admin/system", { headers })).status).toBe(403);
  });
});

describe("the settings that are shown", () => {
  it("hold nothing of a setting that may hold a secret, whatever its form, and no place on the machine", () => {
    const secrets = {
      SECRETS: `1:${Buffer.alloc(32, 7).toString("base64url")}`,
      SMTP_URL: "smtps://mailer:p%40ssw0rdhunter@mail.internal.example:465",
      DATABASE_URL: "postgres://countersign:dbhunter2@db.internal.example:5432/countersign",
      DATA_DIR: "/srv/place-on-the-machine",
    };
    const { shownSettings } = readEnvironment({ ...secrets, MAIL_FROM: "a@example.com", SIGN_UP: "off" });
    const text = JSON.stringify(shownSettings);
    for (const value of Object.values(secrets)) {
      expect(text).not.toContain(value);
      for (const part of value.split(/[:/@]/).filter((one) => one.length > 4)) {
        if (part !== "countersign") expect(text, part).not.toContain(part);
      }
    }
    expect(shownSettings.filter(({ value }) => value === "(set)").map(({ name }) => name)).toEqual([
      ...["DATABASE_URL", "DATA_DIR", "SECRETS", "SMTP_URL"],
    ]);
  });

  it("are settings that there are, with words that name no secret among those that are told", () => {
    const { shownSettings } = readEnvironment({});
    const names = Object.keys(environmentShape.shape);
    expect(shownSettings.every(({ name }) => names.includes(name))).toBe(true);
    const told = names.filter((name) => /SECRET|PASSWORD|TOKEN|KEY|URL/.test(name));
    // Each of them was looked at: a new one has to be put here, or among the secret ones.
    expect(told.sort()).toEqual(
      ["APP_URL", "DATABASE_URL", "KEY_ROTATION_INTERVAL", "ACCESS_TOKEN_LIFETIME", "NAMES_IN_TOKENS"]
        .concat(["PASSKEY_RP_ID", "PASSWORD_MIN_LENGTH", "SECRETS", "SMTP_URL", "URL_TOKENS"])
        .sort(),
    );
  });
});
