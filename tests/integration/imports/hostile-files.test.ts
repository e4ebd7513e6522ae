import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Dialect } from "../../../src/cli/import/dialects";
import { importPeople } from "../../../src/cli/import/import-people";
import { startService, type TestService } from "../../helpers/service";

let service: TestService;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-import-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  service = await startService();
  await service.addUser("operator.owner");
});
afterEach(() => service.close());

interface Data {
  readonly taken: number;
  readonly refused: number;
  readonly people: readonly {
    readonly username?: string;
    readonly fault?: string;
    readonly number: number;
  }[];
}

async function take(source: Dialect, content: string | Buffer): Promise<Data> {
  const file = path.join(folder, "people");
  writeFileSync(file, content);
  const order = { file, source, roles: new Map(), isDryRun: false };
  return (await importPeople(order, service.container)).data as Data;
}

const SALT = "c2FsdHNhbHRzYWx0c2FsdA";
const DIGEST = "DyT8e4Ivh60AIdwbXOgbujGkhl6p/t57MaFS53nNZ2E";
const HASHES = {
  scrypt: (costs: string) => `$scrypt$${costs}$${SALT}$${DIGEST}`,
  argon2: (costs: string, salt = SALT, hash = DIGEST) => `$argon2id$v=19$${costs}$${salt}$${hash}`,
};
const HASH = "$2b$04$SbU6rXDvQI96EeJsSuQysO5hv4MU7TAydbm.czbT9l4k.JMhhfp.2";
const usernames = async () => (await service.container.accounts.list()).map(({ username }) => username);
const nobodyCame = async () => expect(await usernames()).toEqual(["operator.owner"]);

describe("a file that is none of the source's", () => {
  const list = (text: string) => `[${text}]`;
  it.each<[string, Dialect, string | Buffer, string]>([
    ["empty", "keycloak", "", "not JSON"],
    ["of another kind", "keycloak", "id,username\n1,ada\n", "not JSON"],
    ["JSON without people", "firebase", '{"realm":"x"}', "no list of people"],
    ["a million brackets", "keycloak", "[".repeat(1_000_000), "not JSON"],
    ["cut off", "keycloak", '{"users":[{"id":', "not JSON"],
    ["in Latin-1", "csv", Buffer.from("username\nad\xe9l\n", "latin1"), "not UTF-8"],
    ["a UTF-16 mark before other bytes", "csv", Buffer.from([0xff, 0xfe, 0x61]), "UTF-16LE"],
    ["with a heading that is not known", "csv", "username,pasword_hash\nada,x\n", "pasword_hash"],
    ["with a heading twice", "csv", "username,username\nada,ben\n", "twice"],
    ["with a heading of a prototype", "csv", "username,__proto__\nada,x\n", "__proto__"],
    ["of another table", "supabase", "id,name\n1,ada\n", "encrypted_password"],
    [
      "with hashes and without their parameters",
      "firebase",
      list('{"localId":"x","passwordHash":"eA=="}'),
      "hash-config",
    ],
    ["a SQLite database that is broken", "authjs", "SQLite format 3\0 and no more", "tables"],
  ])("is refused, and nobody is taken: %s", async (_, source, content, says) => {
    await expect(take(source, content)).rejects.toThrow(says);
    await nobodyCame();
  });

  it("is refused where it is a folder or is not there", async () => {
    const order = { source: "csv", roles: new Map(), isDryRun: false } as const;
    for (const file of [folder, path.join(folder, "nothing")]) {
      await expect(importPeople({ ...order, file }, service.container)).rejects.toThrow(file);
    }
  });
});

describe("entries that cannot be used", () => {
  it("are named by their number, and the others are taken", async () => {
    const { people, taken } = await take(
      "keycloak",
      JSON.stringify({
        users: [
          { id: "a".repeat(20), username: "ada" },
          null,
          "text",
          [],
          { id: { $ne: null }, username: "ben" },
          { id: "b".repeat(20), username: "x".repeat(5000) },
          { id: "c".repeat(20), username: "kim", enabled: "perhaps" },
          { id: "d".repeat(20), username: "lee", credentials: "all" },
          { id: "e".repeat(20), username: "max", createdTimestamp: "yesterday" },
          { username: "" },
          { id: "f".repeat(20), username: "zoe" },
        ],
      }),
    );
    expect(taken).toBe(2);
    expect(people.filter(({ fault }) => fault).map(({ number }) => number)).toEqual([
      2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(await usernames()).toEqual(["operator.owner", "ada", "zoe"]);
  });

  it.each([
    [
      "scrypt with N of 2^30",
      "$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$DyT8e4Ivh60AIdwbXOgbujGkhl6p/t57MaFS53nNZ2E",
    ],
    [
      "PBKDF2 of a thousand million",
      "$pbkdf2-sha256$i=1000000000$c2FsdA$DyT8e4Ivh60AIdwbXOgbujGkhl6p/t57MaFS53nNZ2E",
    ],
    ["bcrypt of cost 31", HASH.replace("$04$", "$31$")],
    [
      "argon2id of 4 GiB",
      "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHQ$DyT8e4Ivh60AIdwbXOgbujGkhl6p/t57MaFS53nNZ2E",
    ],
    ["MD5", "5f4dcc3b5aa765d61d8327deb882cf99"],
    ["scrypt with N too large for r of 1", HASHES.scrypt("ln=16,r=1,p=1")],
    ["argon2 of sixteen thousand passes", HASHES.argon2("m=128,t=16384,p=16")],
    ["argon2 whose salt is no base64", HASHES.argon2("m=64,t=1,p=1", "A".repeat(13))],
    ["argon2 whose hash is no base64", HASHES.argon2("m=64,t=1,p=1", SALT, "A".repeat(41))],
    ["argon2 with bits left over", HASHES.argon2("m=64,t=1,p=1", "/".repeat(11))],
    ["argon2 with zeros before its numbers", HASHES.argon2("m=064,t=01,p=01")],
    ["bcrypt with bits left over", `$2b$04$${"z".repeat(53)}`],
    ["the password itself", "velvet quarry lamp seventeen"],
  ])("are those whose hash asks for too much or is of no known kind: %s", async (_, hash) => {
    const { people, taken } = await take("csv", `username,password_hash\nada,"${hash}"\nben,${HASH}\n`);
    expect(taken).toBe(1);
    expect(people[0]).toMatchObject({ number: 2, fault: expect.stringContaining("password hash") });
    expect(people[0]?.fault).not.toContain(hash);
  });

  it("are those with an object, or lists in lists, where a value belongs; and the report is of the others too", async () => {
    const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
    const entries = [
      `"emailVerified":{"toString":1,"valueOf":1}`,
      `"emailVerified":${deep}`,
      `"createdTimestamp":{"toString":1}`,
      `"createdTimestamp":${deep}`,
      `"enabled":{}`,
    ];
    const users = entries.map(
      (entry, index) =>
        `{"id":"${`${index}`.repeat(20)}","username":"u${index}","email":"u${index}@example.com",${entry}}`,
    );
    const good = `{"id":"${"z".repeat(20)}","username":"zoe"}`;
    const { people, taken } = await take("keycloak", `{"users":[${[...users, good].join()}]}`);
    expect(taken).toBe(1);
    expect(people.filter(({ fault }) => fault).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
  });

  it("are rows of other tables whose user is an object", async () => {
    const tables = {
      user: [{ id: "a".repeat(20), name: "Ada" }],
      account: [{ userId: { toString: 1 }, providerId: "credential", password: HASH }],
    };
    expect(await take("better-auth", JSON.stringify(tables))).toMatchObject({ taken: 1 });
  });

  it("are not those with credentials that are called as what every object has", async () => {
    const credentials = ["constructor", "__proto__", "toString", "otp"].map((type) => ({ type }));
    const users = [{ id: "a".repeat(20), username: "ada", credentials }];
    const { people } = await take("keycloak", JSON.stringify({ users }));
    expect(people[0]).toMatchObject({ notes: expect.arrayContaining(["authenticator_app"]) });
  });

  it.each(["-200000-01-01T00:00:00Z", "0000-01-01", "-000001-01-01T00:00:00Z", "+200000-01-01T00:00:00Z"])(
    "are not those that were made at a time that no database knows, or at none: %s",
    async (time) => {
      const { taken } = await take("csv", `username,created_at\nada,${time}\nben,2020-01-01\n`);
      expect(taken).toBe(2);
    },
  );

  it("are lines that break CSV, by their number in the file, blank lines and lines within a value counted", async () => {
    const lines = [
      "username,display_name",
      "ada,Ada",
      "ben",
      "",
      'kim,"Kim',
      'of two lines"',
      'lee,L"ee',
      "zoe,Zoe",
    ];
    const { people } = await take("csv", lines.join("\r\n"));
    const refused = people.filter(({ fault }) => fault).map(({ number }) => number);
    expect(refused.sort()).toEqual([3, 7]);
    expect((await usernames()).sort()).toEqual(["ada", "kim", "operator.owner", "zoe"]);
  });

  it("are lines of JSON that are none, where each line is one", async () => {
    const row = (id: string) => JSON.stringify({ id: id.repeat(20), email: `${id}@example.com` });
    const { people, taken } = await take("supabase", `${row("a")}\n{"id":\n${row("b")}\n`);
    expect(taken).toBe(2);
    expect(people[1]).toMatchObject({ number: 2, fault: "it is no object" });
  });
});

describe("people who are not what they seem", () => {
  it("share neither id, nor username, nor address: the first has it, and the others are refused whole", async () => {
    const row = (id: string, username: string, address: string) => `${id},${username},${address},yes`;
    const { people } = await take(
      "csv",
      [
        "id,username,email,email_verified",
        row("0123456789abcdef-1", "Ada", "ada@example.com"),
        row("0123456789abcdef-1", "other", "other@example.com"),
        row("0123456789abcdef-2", "ada", "b@example.com"),
        row("0123456789abcdef-3", "ＡＤＡ", "c@example.com"),
        row("0123456789abcdef-4", "ben", "ADA@Example.com"),
        row("0123456789abcdef-5", "operator.owner", "d@example.com"),
      ].join("\n"),
    );
    expect(people.map(({ fault = "taken" }) => fault)).toEqual([
      "taken",
      "it has the id of 2",
      "its username is another account's",
      "its username is another account's",
      "its address is another account's",
      "its username is another account's",
    ]);
    expect(await usernames()).toEqual(["operator.owner", "Ada"]);
  });

  it("do not keep a username that mixes scripts, hides characters, or is an address that is not theirs", async () => {
    const rows = [
      "аda,Ada B",
      "ad\u200bmin,Eve",
      "owner@example.com,Max",
      "a\0b,Zoe",
      "boss＠example.com,Lee",
    ];
    await take("csv", `username,display_name\n${rows.join("\n")}`);
    const names = await usernames();
    expect(names).toHaveLength(6);
    expect(names).not.toContain("аda");
    expect(names.join(" ").normalize("NFKC")).not.toMatch(/[\u200b\0@]/);
  });

  it("do not shut out another one by a name of that one's that they have given themselves", async () => {
    const [eve, ada] = ["e".repeat(20), "a".repeat(20)];
    const ofSupabase = (id: string) => ({
      ...{ id, email: `${id}@example.com`, email_confirmed_at: "2024-01-01" },
      raw_user_meta_data: { username: "ada" },
    });
    await take("supabase", JSON.stringify([ofSupabase(eve), ofSupabase(ada)]));
    expect((await usernames()).slice(1).sort()).toEqual(["ada", "ada-2"]);
    const ofBetterAuth = [
      { id: `${eve}2`, username: "mallory", displayUsername: "Grace" },
      { id: `${ada}2`, username: "grace", displayUsername: "GRACE" },
    ];
    await take("better-auth", JSON.stringify({ user: ofBetterAuth }));
    expect((await usernames()).slice(3).sort()).toEqual(["GRACE", "mallory"]);
  });

  it("are not raised by a role that is not mapped, a role of ours least of all", async () => {
    const users = ["owner", "admin", "user", "__proto__", "constructor"].map((role, index) => ({
      ...{ id: `${index}`.repeat(20), username: `u${index}`, realmRoles: [role] },
    }));
    await take("keycloak", JSON.stringify({ users }));
    const roles = (await service.container.accounts.list()).slice(1).map(({ roles: has }) => has.join());
    expect(roles).toEqual(["user", "user", "user", "user", "user"]);
  });

  it("change no prototype, and bring nothing but what is read", async () => {
    const user = `{"id":"${"a".repeat(20)}","username":"ada","__proto__":{"isAdmin":true},"roles":["owner"],"ownerSeat":1,"passwordHash":"x"}`;
    await take("keycloak", `{"users":[${user}],"__proto__":{"users":1}}`);
    expect(Object.hasOwn(Object.prototype, "isAdmin")).toBe(false);
    expect(await service.container.accounts.findByUsername("ada")).toMatchObject({
      roles: ["user"],
      passwordHash: null,
    });
  });
});

describe("a file of another make", () => {
  const text = "username;display_name\r\nada;Ada, née B\r\nben;Ben\r\n";
  it.each([
    ["UTF-8", Buffer.from(text)],
    ["UTF-8 with a mark", Buffer.from(`\ufeff${text}`)],
    ["UTF-16, little end first", Buffer.from(`\ufeff${text}`, "utf16le")],
    ["UTF-16, big end first", Buffer.from(`\ufeff${text}`, "utf16le").swap16()],
    ["tabs", Buffer.from(text.replaceAll(";", "\t"))],
  ])("is read as it is meant, with semicolons and CRLF: %s", async (_, content) => {
    expect(await take("csv", content)).toMatchObject({ taken: 2 });
    expect((await service.container.accounts.findByUsername("ada"))?.displayName).toBe("Ada, née B");
  });
});
