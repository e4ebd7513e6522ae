import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Dialect } from "../../../src/cli/import/dialects";
import { importPeople } from "../../../src/cli/import/import-people";
import type { ImportOrder } from "../../../src/cli/import/order";
import { startService, type TestService } from "../../helpers/service";
import { attempt } from "../../helpers/steps/sign-in";

const sample = (name: string) => path.join(import.meta.dirname, "samples", name);
const QUARRY = "velvet quarry lamp seventeen";
const HORSE = "correct horse, 2019";

interface Sample {
  readonly file: string;
  readonly source: Dialect;
  readonly hashConfig?: string;
  /** What signs each of them in. */
  readonly passwords: Readonly<Record<string, string>>;
  readonly people: readonly object[];
}

const taken = { outcome: "taken", roles: ["user"] };

const samples: readonly Sample[] = [
  {
    file: "better-auth.json",
    source: "better-auth",
    passwords: { "Ada.L": QUARRY, "ben@example.com": "café ﬁne ordinateur" },
    people: [
      { ...taken, id: "6AWNe6AHXKeaaII8rs2WJduhk2BdtiHg", username: "Ada.L", notes: [] },
      { ...taken, username: "ben", notes: ["username_derived"] },
      { ...taken, username: "eve", notes: ["username_derived", "address_not_verified", "disabled"] },
    ],
  },
  {
    file: "authjs.json",
    source: "authjs",
    passwords: { "ada@example.com": QUARRY, "ada-2": HORSE },
    people: [
      { ...taken, id: "cm3x1k2l30000v8p0a1b2c3d4", username: "ada", notes: ["username_derived"] },
      { ...taken, username: "ada-2", notes: ["id_mapped", "username_derived", "address_not_verified"] },
      { ...taken, username: "ben", notes: ["username_derived", "no_password", "linked_account"] },
    ],
  },
  {
    file: "keycloak.json",
    source: "keycloak",
    passwords: { ada: QUARRY, "ada@example.com": QUARRY, ben: QUARRY, eve: QUARRY, kim: HORSE },
    people: [
      { ...taken, id: "6c1bd5a2-02c5-4f4c-8f44-1f2d3c4b5a69", username: "ada", notes: ["authenticator_app"] },
      { ...taken, username: "ben", notes: ["address_not_verified"] },
      { ...taken, username: "eve", notes: [] },
      { ...taken, username: "kim", notes: [] },
      { ...taken, username: "lee", notes: ["no_password", "disabled", "linked_account"] },
      { outcome: "refused", number: 6, fault: "it is the account of a program, not of a person" },
    ],
  },
  {
    file: "firebase.json",
    source: "firebase",
    hashConfig: sample("firebase-hash-config.txt"),
    passwords: { "ada@example.com": "user1password" },
    people: [
      { ...taken, id: "aBcDeFgHiJkLmNoPqRsTuVwXyZ12", username: "ada", notes: ["username_derived"] },
      { ...taken, username: "ben", notes: ["username_derived", "address_not_verified", "disabled"] },
      { ...taken, username: "user", notes: ["username_derived", "no_password", "phone"] },
    ],
  },
  {
    file: "supabase.csv",
    source: "supabase",
    passwords: { "ada@example.com": QUARRY },
    people: [
      { ...taken, number: 2, id: "0b9f7a52-52f3-4b0e-9a3c-6f1e2d3c4b5a", username: "ada" },
      { ...taken, number: 3, username: "ben", notes: ["username_derived", "disabled", "linked_account"] },
      { outcome: "refused", number: 4, fault: "it is anonymous: nobody signs in to it" },
    ],
  },
  {
    file: "supabase.json",
    source: "supabase",
    passwords: { "ada@example.com": QUARRY },
    people: [{ ...taken, number: 1, id: "0b9f7a52-52f3-4b0e-9a3c-6f1e2d3c4b5a", username: "ada" }],
  },
  {
    file: "people.csv",
    source: "csv",
    passwords: { ada: QUARRY, ben: HORSE },
    people: [
      { ...taken, number: 2, username: "ada", notes: ["id_mapped"] },
      { ...taken, number: 3, username: "ben", notes: ["id_mapped", "address_not_verified"] },
    ],
  },
];

let service: TestService;
beforeEach(async () => {
  service = await startService();
  await service.addUser("operator.owner");
});
afterEach(() => service.close());

const order = ({ file, source, hashConfig }: Sample, changes: Partial<ImportOrder> = {}): ImportOrder => ({
  ...{ file: sample(file), source, hashConfig, roles: new Map(), isDryRun: false },
  ...changes,
});

interface Data {
  readonly people: readonly { readonly outcome: string }[];
  readonly taken: number;
  readonly already_there: number;
}

async function run(wanted: ImportOrder): Promise<Data> {
  return (await importPeople(wanted, service.container)).data as Data;
}

const hashOf = async (identifier: string) =>
  (await service.container.accounts.findByIdentifier(identifier))?.passwordHash;

describe.each(samples)("people of $source, in $file", (given) => {
  it("come as the report says, and sign in with the old password, which is ours from then on", async () => {
    const { people } = await run(order(given));
    expect(people).toMatchObject(given.people);
    for (const [identifier, password] of Object.entries(given.passwords)) {
      expect((await attempt(service, identifier, `${password}!`)).status).toBe(401);
      expect([identifier, (await attempt(service, identifier, password)).status]).toEqual([identifier, 200]);
      expect(await hashOf(identifier)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect((await attempt(service, identifier, password)).status).toBe(200);
    }
  });

  it("are said beforehand by a dry run, which writes nothing", async () => {
    const before = await service.container.accounts.list();
    const said = await run(order(given, { isDryRun: true }));
    expect(await service.container.accounts.list()).toEqual(before);
    expect((await run(order(given))).people).toEqual(said.people);
  });

  it("come once: a second run leaves them as they are, and says so", async () => {
    const first = await run(order(given));
    const accounts = await service.container.accounts.list();
    const again = await run(order(given));
    expect(again).toMatchObject({ taken: 0, already_there: first.taken });
    expect(await service.container.accounts.list()).toEqual(accounts);
  });
});

it("people of better-auth come from its SQLite file as from its tables in JSON, and the file stays as it was", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-import-"));
  const file = path.join(folder, "app.db");
  const tables = JSON.parse(readFileSync(sample("better-auth.json"), "utf8")) as Record<string, object[]>;
  const database = new Database(file);
  for (const [name, rows] of Object.entries(tables)) {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    database.exec(`CREATE TABLE "${name}" (${columns.map((column) => `"${column}"`).join()})`);
    const insert = database.prepare(`INSERT INTO "${name}" VALUES (${columns.map(() => "?").join()})`);
    for (const row of rows as Record<string, unknown>[]) {
      insert.run(
        columns.map((column) => (typeof row[column] === "boolean" ? Number(row[column]) : row[column])),
      );
    }
  }
  database.close();
  const before = readFileSync(file);
  const fromJson = await run({
    file: sample("better-auth.json"),
    source: "better-auth",
    roles: new Map(),
    isDryRun: true,
  });
  const fromFile = await run({ file, source: "better-auth", roles: new Map(), isDryRun: false });
  expect(fromFile.people).toEqual(fromJson.people);
  expect((await attempt(service, "Ada.L", QUARRY)).status).toBe(200);
  expect(readFileSync(file)).toEqual(before);
  rmSync(folder, { recursive: true, force: true });
});
