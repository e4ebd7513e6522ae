import { createCipheriv, createHash, pbkdf2Sync, scryptSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { hashSync } from "@node-rs/bcrypt";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import type { Dialect } from "../../../src/cli/import/dialects";
import { importPeople } from "../../../src/cli/import/import-people";
import { startService, type TestService } from "../../helpers/service";
import { attempt } from "../../helpers/steps/sign-in";

/** Different passwords: to hash one takes longer than to bring a person over. */
const PASSWORDS = 20;
/** One source, and fewer people, where the other project runs all of it. */
const isOnPostgres = inject("postgresTemplate") !== undefined;
const PEOPLE = isOnPostgres ? 1000 : 10_000;
/** `IMPORT_SIGN_INS=all` signs everybody in. With hashes of our own at their usual cost that takes an hour: they are cheap then. */
const areAllSignedIn = process.env.IMPORT_SIGN_INS === "all";
const SAMPLE = [0, 1, PEOPLE / 2, PEOPLE - 1];
const SIGN_INS_AT_ONCE = 8;

vi.mock("../../../src/modules/passwords/password-hasher", async (importActual) => {
  const actual = await importActual<typeof import("../../../src/modules/passwords/password-hasher")>();
  if (process.env.IMPORT_SIGN_INS !== "all") return actual;
  const parameters = { memoryInKib: 1024, passes: 1, lanes: 1 };
  return { ...actual, createPasswordHasher: () => actual.createPasswordHasher({ parameters }) };
});

const passwordOf = (index: number) => `old password ${index % PASSWORDS}`;
const idOf = (index: number) => createHash("sha256").update(String(index)).digest("hex").slice(0, 32);
const addressOf = (index: number) => `person.${index}@example.com`;

/** The same hash for all who have the same password. */
function hashes(make: (password: string) => string): (index: number) => string {
  const made = Array.from({ length: PASSWORDS }, (_, index) => make(passwordOf(index)));
  return (index) => made[index % PASSWORDS] ?? "";
}

const all = <T>(make: (index: number) => T): T[] => Array.from({ length: PEOPLE }, (_, index) => make(index));
const bcrypt = () => hashes((password) => hashSync(password, 4).toString());

const files: Readonly<Record<Dialect, () => string>> = {
  "better-auth"() {
    // This one's costs are its own: there are no cheap ones.
    const hash = hashes((password) => {
      const salt = "00".repeat(16);
      const costs = { N: 16_384, r: 16, p: 1, maxmem: 64 * 1024 * 1024 };
      return `${salt}:${scryptSync(password, salt, 64, costs).toString("hex")}`;
    });
    return JSON.stringify({
      user: all((i) => ({ id: idOf(i), name: `Person ${i}`, email: addressOf(i), emailVerified: 1 })),
      account: all((i) => ({ userId: idOf(i), providerId: "credential", password: hash(i) })),
    });
  },
  authjs() {
    const hash = bcrypt();
    const user = (i: number) => ({ id: idOf(i), email: addressOf(i), emailVerified: 1, password: hash(i) });
    return JSON.stringify({ User: all(user), Account: [] });
  },
  keycloak() {
    const value = hashes((password) => pbkdf2Sync(password, "salt", 10, 64, "sha512").toString("base64"));
    const credential = (i: number) => ({
      type: "password",
      secretData: JSON.stringify({ value: value(i), salt: Buffer.from("salt").toString("base64") }),
      credentialData: JSON.stringify({ hashIterations: 10, algorithm: "pbkdf2-sha512" }),
    });
    const user = (i: number) => ({
      ...{ id: idOf(i), username: `person.${i}`, email: addressOf(i), emailVerified: true, enabled: true },
      credentials: [credential(i)],
    });
    return JSON.stringify({ realm: "example", users: all(user) });
  },
  firebase() {
    const salt = Buffer.from("salt").toString("base64");
    const passwordHash = hashes((password) => {
      const key = scryptSync(password, "saltend", 32, { N: 16, r: 1, p: 1 });
      return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(SIGNER_KEY).toString("base64");
    });
    const user = (i: number) => ({
      ...{ localId: idOf(i), email: addressOf(i), emailVerified: true },
      ...{ passwordHash: passwordHash(i), salt },
    });
    return JSON.stringify({ users: all(user) });
  },
  supabase() {
    const hash = bcrypt();
    const rows = all((i) => `${idOf(i)},${addressOf(i)},${hash(i)},2024-01-01 00:00:00+00`);
    return ["id,email,encrypted_password,email_confirmed_at", ...rows].join("\n");
  },
  csv() {
    const hash = hashes((password) => {
      const derived = scryptSync(password, "salt", 32, { N: 16, r: 1, p: 1 });
      const plain = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
      return `$scrypt$ln=4,r=1,p=1$${plain(Buffer.from("salt"))}$${plain(derived)}`;
    });
    const rows = all((i) => `${idOf(i)},person.${i},"Person, ${i}",${addressOf(i)},yes,"${hash(i)}"`);
    return ["id,username,display_name,email,email_verified,password_hash", ...rows].join("\r\n");
  },
};

const SIGNER_KEY = Buffer.alloc(64, "signer key");
const hashConfig = JSON.stringify({
  ...{ algorithm: "SCRYPT", base64_signer_key: SIGNER_KEY.toString("base64"), rounds: 1, mem_cost: 4 },
  base64_salt_separator: Buffer.from("end").toString("base64"),
});

let service: TestService;
let folder: string;
beforeEach(async () => {
  service = await startService({ LIMIT_TICKETS: "1000000" });
  await service.addUser("operator.owner");
  folder = mkdtempSync(path.join(tmpdir(), "countersign-import-"));
});
afterEach(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

const chosen = Object.entries(files).filter(([name]) => !isOnPostgres || name === "csv");

const TIME_LIMIT_IN_MS = areAllSignedIn ? 3_600_000 : 180_000;

/** Some at once, from everywhere. @returns how many were let in */
async function signInEverybody(): Promise<number> {
  let next = 0;
  let count = 0;
  const lane = async () => {
    for (let index = next++; index < PEOPLE; index = next++) {
      const sender = { address: `203.0.${index % 250}.${Math.floor(index / 250)}` };
      if ((await attempt(service, addressOf(index), passwordOf(index), sender)).status === 200) count += 1;
    }
  };
  await Promise.all(Array.from({ length: SIGN_INS_AT_ONCE }, lane));
  return count;
}

describe.each(chosen)("thousands of people of %s", (name, make) => {
  it(
    "come over while others sign in, and those of a sample sign in with the old password",
    async () => {
      const file = path.join(folder, "people");
      writeFileSync(file, make());
      const config = path.join(folder, "hash-config");
      writeFileSync(config, hashConfig);
      const order = { file, source: name as Dialect, roles: new Map(), isDryRun: false, hashConfig: config };
      let isDone = false;
      const importing = importPeople(order, service.container).finally(() => {
        isDone = true;
      });
      let signedIn = 0;
      while (!isDone) {
        expect((await attempt(service, "operator.owner", "velvet quarry lamp seventeen")).status).toBe(200);
        signedIn += 1;
      }
      expect((await importing).data).toMatchObject({ taken: PEOPLE, already_there: 0, refused: 0 });
      expect(signedIn).toBeGreaterThan(0);
      expect(await importPeople(order, service.container)).toMatchObject({
        data: { taken: 0, already_there: PEOPLE },
      });
      for (const index of SAMPLE) {
        expect((await attempt(service, addressOf(index), "another password")).status).toBe(401);
        expect((await attempt(service, addressOf(index), passwordOf(index))).status).toBe(200);
      }
      if (areAllSignedIn) expect(await signInEverybody()).toBe(PEOPLE);
    },
    TIME_LIMIT_IN_MS,
  );
});
