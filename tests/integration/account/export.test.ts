import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leftOutTables, parts } from "../../../src/modules/personal-data";
import { Authenticator } from "../../helpers/passkeys/authenticator";
import { addPasskey, callAs } from "../../helpers/passkeys/steps";
import { addApp, signInWithApp } from "../../helpers/second-factor/steps";
import { bearer, PASSWORD, startService, type TestService, type Tokens } from "../../helpers/service";
import { approvedQr, redeem, signedInPhone } from "../../helpers/steps/qr";
import { refresh } from "../../helpers/wire";

let service: TestService;

beforeAll(async () => {
  service = await startService();
  await service.addUser("olive");
  await service.addUser("ada");
});
afterAll(() => service.close());

/** Each table of the schema, with its columns. */
function schema(): Map<string, string[]> {
  const text = readFileSync("prisma/schema.prisma", "utf8");
  const models = [...text.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, name = "", body = ""]) => {
    const fields = [...body.matchAll(/^ {2}(\w+)\s+(String|Int|Boolean|DateTime)\b/gm)];
    return [name, fields.map(([, field = ""]) => field)] as const;
  });
  return new Map(models);
}

describe("what is exported", () => {
  it("names every table of the schema, and every column of those that it takes from", () => {
    const tables = schema();
    const taken = Object.values(parts).map(({ table }) => table);
    expect([...new Set([...taken, ...Object.keys(leftOutTables)])].sort()).toEqual([...tables.keys()].sort());
    for (const [name, { table, columns, leftOut }] of Object.entries(parts)) {
      const named = [...columns, ...Object.keys(leftOut)].sort();
      expect([name, named]).toEqual([name, tables.get(table)?.toSorted()]);
    }
  });

  it("leaves no table out that says whose a row is, unless its rows are gone within minutes", () => {
    const says = (columns: readonly string[]) => columns.some((column) => /userId$/i.test(column));
    const tables = [...schema()].filter(([, columns]) => says(columns)).map(([name]) => name);
    const leftOut = tables.filter((name) => name in leftOutTables);
    for (const name of leftOut) expect(leftOutTables[name]).toBe("gone within minutes");
  });
});

describe("the export", () => {
  it("has all that is stored about one, no secret, no hash, and nothing of others", async () => {
    const phone = await signedInPhone(service, "ada");
    const key = new Authenticator();
    await addPasskey(service, phone.tokens, phone.device, key);
    const { app, recoveryCodes } = await addApp(service, phone);
    service.clock.advance(60);
    const signedIn = await signInWithApp(service, "ada", app, phone.device);
    const tokens = signedIn.body as unknown as Tokens;
    const olive = await service.signIn("olive");
    const ada = await service.container.accounts.findByUsername("ada");
    const address = "198.51.100.77";
    const headers = bearer(olive.access_token);
    const rename = { username: "ada.l" };
    await service.call(`/api/admin/users/${ada?.id}`, { method: "PATCH", headers, json: rename, address });
    const path = "/api/auth/me/export";
    const { status, body } = await callAs(service, tokens, phone.device, ["GET", path]);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(["exported_at", ...Object.keys(parts)]);
    const rows = body as unknown as Record<string, Record<string, unknown>[]>;
    expect(rows.account).toEqual([expect.objectContaining({ username: "ada.l", roles: "user" })]);
    expect(rows.passkeys).toEqual([expect.objectContaining({ id: key.id })]);
    expect(rows.second_factor).toEqual([{ totp_since: expect.any(String) }]);
    expect(rows.sessions?.length).toBe(2);
    expect(rows.events?.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["signed_in", "totp_added", "account_renamed"]),
    );
    const renamed = rows.events?.find(({ type }) => type === "account_renamed");
    expect(Object.keys(renamed ?? {})).toEqual(["id", "at", "type", "session_id"]);
    const text = JSON.stringify(body);
    const secrets = [PASSWORD, ada?.passwordHash ?? "", app.secret, ...recoveryCodes, address];
    for (const secret of [...secrets, olive.session_id, "$argon2", phone.tokens.refresh_token])
      expect(text).not.toContain(secret);
    expect(text).not.toMatch(/hash|thumbprint|secret/i);
    const own = (await service.call(path, { headers: bearer(olive.access_token) }))
      .body as unknown as typeof rows;
    expect(own.acts_on_others?.map(({ type }) => type)).toContain("account_renamed");
    expect(JSON.stringify(own)).not.toContain(ada?.id);
  });

  it("is an event of the account, with the session that asked: a thief of a session leaves a trace", async () => {
    const { access_token, session_id } = await service.signIn("olive");
    const headers = bearer(access_token);
    expect((await service.call("/api/auth/me/export", { headers })).status).toBe(200);
    const { body } = await service.call("/api/auth/activity?limit=1", { headers });
    expect(body.events).toEqual([expect.objectContaining({ type: "data_exported", session_id })]);
  });

  it("is for who has just proven who they are", async () => {
    const phone = await signedInPhone(service, "olive");
    await redeem(service, await approvedQr(service, phone));
    const path = "/api/auth/me/export";
    const mine = await callAs(service, phone.tokens, phone.device, ["GET", path]);
    expect(mine.body.scanned_codes).toEqual([expect.objectContaining({ status: "consumed" })]);
    service.clock.advance(3600);
    const renewed = await refresh(service, phone.tokens.refresh_token, phone.device);
    const { status, body } = await callAs(service, renewed.body as unknown as Tokens, phone.device, [
      "GET",
      path,
    ]);
    expect([status, body.error]).toEqual([403, "step_up_required"]);
  });
});
