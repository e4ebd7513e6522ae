import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PASSWORD, startService, type TestService } from "../../helpers/service";
import { me, usernameIn } from "../../helpers/wire";

let service: TestService;

beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.close());

const whoSignsIn = async (typed: string, password?: string) => {
  const tokens = await service.signIn(typed, undefined, password);
  return usernameIn(await me(service, tokens.access_token));
};

describe.each([
  { first: "ας", others: ["ασ", "ΑΣ", "Ας"] },
  { first: "ασ", others: ["ας", "ΑΣ"] },
  { first: "Σίσυφος", others: ["ΣΊΣΥΦΟΣ", "σίσυφοσ"] },
  { first: "ıda", others: ["ida", "IDA", "İda", "i\u0307da"] },
  { first: "ida", others: ["ıda", "İDA"] },
  { first: "Weiß", others: ["weiss", "WEISS"] },
])("after $first has an account", ({ first, others }) => {
  it.each(others)("nobody else gets %s, and typing it signs in the first user", async (other) => {
    await service.addUser(first);
    await expect(service.addUser(other)).rejects.toMatchObject({ code: "username_taken" });
    expect(await whoSignsIn(other)).toBe(first);
  });
});

describe("letters of another script that look like one's own", () => {
  it.each(["\u0430da", "th\u13a5baud", "b\u03bfb"])("are refused in a new name: %s", async (name) => {
    await expect(service.addUser(name)).rejects.toMatchObject({
      code: "invalid_request",
      details: { field: "username", message: expect.stringContaining("of one script") },
    });
  });

  it("leave an account from before as it is: it signs in, and is nobody else's", async () => {
    await service.addUser("ada");
    await service.addUser("former", `${PASSWORD} of the former`);
    const database = new Database(service.databaseFile);
    database.exec(
      `UPDATE "User" SET "username" = '\u0430da', "usernameKey" = '\u0430da' WHERE "username" = 'former'`,
    );
    database.close();
    expect(await whoSignsIn("\u0430da", `${PASSWORD} of the former`)).toBe("\u0430da");
    expect(await whoSignsIn("ada")).toBe("ada");
  });
});

it("wrong passwords by another spelling are counted as the name's own", async () => {
  await service.addUser("ας");
  const spellings = ["ας", "ασ", "ΑΣ", "Ας"];
  let refused: unknown;
  for (let tries = 0; tries < 12; tries += 1) {
    const spelling = spellings[tries % spellings.length] ?? "";
    refused = await service.signIn(spelling, undefined, "wrong password").catch((error: unknown) => error);
  }
  expect(String(refused)).toContain("too_many_attempts");
});

describe("accounts from before names that are the same in capitals were one", () => {
  const migration = readFileSync("prisma/migrations/20261128170900_names_in_capitals/migration.sql", "utf8");

  /** Gives accounts the keys that they would have had, and then migrates. */
  function migrateFrom(keys: Readonly<Record<string, string>>): Record<string, string> {
    const database = new Database(service.databaseFile);
    const setKey = database.prepare('UPDATE "User" SET "usernameKey" = ? WHERE "username" = ?');
    for (const [username, key] of Object.entries(keys)) setKey.run(key, username);
    database.exec(migration);
    const users = database.prepare('SELECT "username", "usernameKey" FROM "User"').all() as {
      username: string;
      usernameKey: string;
    }[];
    database.close();
    return Object.fromEntries(users.map(({ username, usernameKey }) => [username, usernameKey]));
  }

  it("are found by every spelling, and taken for every spelling, afterwards", async () => {
    await service.addUser("ας");
    await service.addUser("ıda");
    await service.addUser("Weiß");
    const keys = migrateFrom({ ας: "ας", ıda: "ıda", Weiß: "weiß" });
    expect(keys).toEqual({ ας: "ασ", ıda: "ida", Weiß: "weiss" });
    expect(await whoSignsIn("ΑΣ")).toBe("ας");
    await expect(service.addUser("ida")).rejects.toMatchObject({ code: "username_taken" });
  });

  it("that are two of one name both go on, each by the name as its owner writes it", async () => {
    const passwords = { ας: `${PASSWORD} of the first`, ασ: `${PASSWORD} of the second` };
    await service.addUser("ας", passwords.ας);
    migrateFrom({ ας: "out of the way" });
    await service.addUser("ασ", passwords.ασ);
    expect(migrateFrom({ ας: "ας" })).toEqual({ ας: "ας", ασ: "ασ" });
    expect(await whoSignsIn("ας", passwords.ας)).toBe("ας");
    expect(await whoSignsIn("ασ", passwords.ασ)).toBe("ασ");
    await expect(service.addUser("ΑΣ")).rejects.toMatchObject({ code: "username_taken" });
  });
});
