import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { importPeople } from "../../../src/cli/import/import-people";
import { PASSWORD, startService, type TestService } from "../../helpers/service";
import { attempt } from "../../helpers/steps/sign-in";

const HASH = "$2b$04$SbU6rXDvQI96EeJsSuQysO5hv4MU7TAydbm.czbT9l4k.JMhhfp.2";
const OLD = "velvet quarry lamp seventeen";
const PEOPLE = 1000;

let service: TestService;
let folder: string;
let file: string;
beforeEach(async () => {
  service = await startService();
  folder = mkdtempSync(path.join(tmpdir(), "countersign-import-"));
  file = path.join(folder, "people.csv");
});
afterEach(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

const order = (changes: object = {}) => ({
  ...{ file, source: "csv" as const, roles: new Map(), isDryRun: false },
  ...changes,
});
const addressOf = (index: number) => `ada.${index % 500}@example${index % 2}.com`;
const write = (count: number) =>
  writeFileSync(
    file,
    ["id,email,email_verified,password_hash", ...Array.from({ length: count }, (_, i) => lineOf(i))].join(
      "\n",
    ),
  );
const lineOf = (index: number) => `person-of-elsewhere-${index},p${index}.${addressOf(index)},yes,${HASH}`;
const trail = () => service.container.audit.list({ since: new Date(0), limit: 10_000 });
const countOf = async (type: string) => (await trail()).filter((event) => event.type === type).length;

describe("an import", () => {
  it("that is cut off in the middle is completed by the next, and each person has come once", async () => {
    await service.addUser("operator.owner");
    write(PEOPLE);
    const cut = await service.another();
    const stopped = importPeople(order(), cut.container, (count) => {
      if (count === 300) void cut.container.close();
    });
    await expect(stopped).rejects.toThrow();
    const there = (await service.container.accounts.list()).length - 1;
    expect(there).toBeGreaterThan(0);
    expect(there).toBeLessThan(PEOPLE);
    const { data } = await importPeople(order(), service.container);
    expect(data).toMatchObject({ taken: PEOPLE - there, already_there: there, refused: 0 });
    expect(await countOf("account_created")).toBe(PEOPLE + 1);
    const [addresses, accounts] = [await verifiedAddresses(), await service.container.accounts.list()];
    expect([addresses, accounts.length]).toEqual([PEOPLE, PEOPLE + 1]);
  });

  it("that runs twice at once takes each person once, and each has one row in the trail", async () => {
    await service.addUser("operator.owner");
    write(PEOPLE);
    const other = await service.another();
    const both = await Promise.all([service, other].map(({ container }) => importPeople(order(), container)));
    await other.close();
    const taken = both.map(({ data }) => (data as { taken: number }).taken);
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(PEOPLE);
    expect(both.map(({ data }) => (data as { refused: number }).refused)).toEqual([0, 0]);
    expect(await countOf("account_created")).toBe(PEOPLE + 1);
  });

  it("is in the audit trail with each account, by whom and from where; a dry run is not", async () => {
    await service.addUser("operator.owner");
    write(2);
    await importPeople(order({ isDryRun: true }), service.container);
    expect(await countOf("people_imported")).toBe(0);
    await importPeople(order(), service.container);
    const events = await trail();
    const imported = events.find(({ type }) => type === "people_imported");
    expect(imported).toMatchObject({
      ...{ type: "people_imported", actorId: "operator", userId: null },
      detail: { by: "operator", from: "csv", taken: 2, already_there: 0, refused: 0 },
    });
    const created = events.filter(({ type, detail }) => type === "account_created" && detail.from === "csv");
    expect(created.map(({ actorId, detail }) => [actorId, detail.import])).toEqual(
      Array(2).fill(["operator", imported?.detail.import]),
    );
  });

  it("gives roles only by the map, and says who was raised", async () => {
    await service.addUser("operator.owner");
    writeFileSync(file, "username,roles\nada,staff boss\nben,staff\nkim,\n");
    const roles = new Map([["boss", "admin"]] as const);
    const { data, text } = await importPeople(order({ roles }), service.container);
    expect(data).toMatchObject({
      unmapped_roles: { staff: 2 },
      people: [{ roles: ["admin"] }, { roles: ["user"] }, { roles: ["user"] }],
    });
    expect(text).toMatch(/ada +role admin/);
    expect((await service.container.accounts.findByUsername("ada"))?.roles).toEqual(["admin"]);
  });

  it("is refused before there is an owner, whom it would otherwise keep from being made", async () => {
    write(1);
    await expect(importPeople(order(), service.container)).rejects.toThrow("no account yet");
    expect(await service.container.accounts.hasAny()).toBe(false);
  });
});

async function verifiedAddresses(): Promise<number> {
  const { accounts, emails } = service.container;
  let count = 0;
  for (const { id } of await accounts.list()) {
    count += (await emails.list(id)).filter(({ verifiedAt }) => verifiedAt !== null).length;
  }
  return count;
}

describe("a foreign hash", () => {
  const ada = async () => {
    const account = await service.container.accounts.findByUsername("ada");
    if (!account) throw new Error("she did not come");
    return account;
  };
  beforeEach(async () => {
    await service.addUser("operator.owner");
    writeFileSync(file, `username,password_hash\nada,${HASH}\n`);
    await importPeople(order(), service.container);
  });

  it("is replaced once by fifty right sign-ins at once, on two instances, and all are let in", async () => {
    const other = await service.another();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        attempt(index % 2 ? service : other, "ada", OLD, { address: `192.0.2.${index}` }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await other.close();
    expect((await ada()).passwordHash).toMatch(/^\$argon2id\$/);
    expect((await attempt(service, "ada", OLD)).status).toBe(200);
  });

  it("does not come back over a password that was changed while it was checked", async () => {
    const seen = await ada();
    await service.container.accounts.resetPassword("ada", "another long password of hers");
    const { passwordHash } = await ada();
    await service.container.accounts.rehashIfDue(seen, OLD);
    expect((await ada()).passwordHash).toBe(passwordHash);
    expect((await attempt(service, "ada", OLD)).status).toBe(401);
  });

  it("that a sign-in elsewhere has replaced meanwhile does not refuse a change of the password", async () => {
    const tokens = await service.signIn("ada", undefined, OLD);
    const { accounts, sessions } = service.container;
    const seen = { ...(await ada()), passwordHash: HASH };
    const session = (await sessions.findLive(tokens.session_id))?.session;
    if (!session) throw new Error("no session");
    await accounts.changePassword(seen, "another long password of hers", {
      session,
      address: null,
      userAgent: null,
    });
    expect((await attempt(service, "ada", "another long password of hers")).status).toBe(200);
    expect((await attempt(service, "ada", OLD)).status).toBe(401);
  });

  it("is checked at a step-up and at a change of the password too, and replaced at the first", async () => {
    writeFileSync(file, `username,password_hash\nben,${HASH}\n`);
    await importPeople(order(), service.container);
    const callOf = async (username: string, factor: "pwd" | "qr") => {
      const user = await service.container.accounts.findByUsername(username);
      if (!user) throw new Error("nobody of that name");
      // As for somebody who signed in by a phone: the hash is still the old one.
      const { accessToken } = await service.container.sessions.create({
        ...{ user, clientId: "countersign", method: "qr", factors: [factor], keyThumbprint: null },
        ...{ device: { browser: null, os: null }, address: null },
      });
      const headers = { authorization: `Bearer ${accessToken}` };
      return async (address: string, json: object) => (await service.call(address, { json, headers })).status;
    };
    const asAda = await callOf("ada", "qr");
    expect(await asAda("/api/auth/step-up", { password: `${OLD}!` })).toBe(401);
    expect((await ada()).passwordHash).toBe(HASH);
    expect(await asAda("/api/auth/step-up", { password: OLD })).toBe(200);
    expect((await ada()).passwordHash).toMatch(/^\$argon2id\$/);
    const asBen = await callOf("ben", "pwd");
    const change = { old_password: OLD, new_password: "another long password of his" };
    expect(await asBen("/api/auth/password", { ...change, old_password: `${OLD}!` })).toBe(401);
    expect(await asBen("/api/auth/password", change)).toBe(204);
    expect((await attempt(service, "ben", "another long password of his")).status).toBe(200);
    expect((await attempt(service, "ben", OLD)).status).toBe(401);
  });

  it("of nobody is a password that nothing matches, and a recovery link sets one", async () => {
    writeFileSync(file, "username\nben\n");
    await importPeople(order(), service.container);
    for (const password of ["", "$none$", PASSWORD]) {
      expect((await attempt(service, "ben", password)).status).not.toBe(200);
    }
    const { accounts, recovery } = service.container;
    const account = await accounts.findByUsername("ben");
    if (!account) throw new Error("he did not come");
    const { resetToken } = await recovery.issue(account, "operator");
    const caller = { address: null, userAgent: null, keyThumbprint: null };
    await recovery.complete(resetToken, { password: "a first password of his own" }, caller);
    expect((await attempt(service, "ben", "a first password of his own")).status).toBe(200);
  });
});
