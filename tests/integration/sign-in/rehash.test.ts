import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { DomainError } from "../../../src/modules/domain-error";
import { createPasswordHasher, defaultHashParameters } from "../../../src/modules/passwords/password-hasher";
import { PASSWORD, startService, type TestService } from "../../helpers/service";

const queue = vi.hoisted(() => ({ isFull: false }));

vi.mock("../../../src/modules/passwords/password-hasher", async (importActual) => {
  const actual = await importActual<typeof import("../../../src/modules/passwords/password-hasher")>();
  const createPasswordHasher: typeof actual.createPasswordHasher = (options) => {
    const hasher = actual.createPasswordHasher(options);
    return {
      ...hasher,
      async hash(password) {
        if (queue.isFull) throw new DomainError("temporarily_unavailable");
        return hasher.hash(password);
      },
    };
  };
  return { ...actual, createPasswordHasher };
});

let service: TestService;
let weak: string;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
  weak = await createPasswordHasher({ parameters: { ...defaultHashParameters, passes: 1 } }).hash(PASSWORD);
  onDatabase((database) => database.prepare("UPDATE User SET passwordHash = ?").run(weak));
});
afterEach(() => service.close());

function onDatabase<T>(run: (database: Database.Database) => T): T {
  const database = new Database(service.databaseFile);
  try {
    return run(database);
  } finally {
    database.close();
  }
}

const stored = () =>
  onDatabase((database) => String(database.prepare("SELECT passwordHash FROM User").pluck().get()));

async function tryPassword(password: string): Promise<number> {
  const { body } = await service.call("/api/auth/get_t");
  return (await service.call("/api/auth/login", { json: { t: body.t, username: "ada", password } })).status;
}

it("a password stored under weaker parameters is hashed again at the next right sign-in, and is still the same", async () => {
  expect(await tryPassword("not the password at all")).toBe(401);
  expect(stored()).toBe(weak);
  expect(await tryPassword(PASSWORD)).toBe(200);
  const { memoryInKib, passes, lanes } = defaultHashParameters;
  expect(stored()).toContain(`$argon2id$v=19$m=${memoryInKib},t=${passes},p=${lanes}$`);
  const strong = stored();
  expect(await tryPassword(PASSWORD)).toBe(200);
  expect(stored()).toBe(strong);
});

it("a service too busy to hash it again signs the person in all the same", async () => {
  queue.isFull = true;
  try {
    expect(await tryPassword(PASSWORD)).toBe(200);
  } finally {
    queue.isFull = false;
  }
  expect(stored()).toBe(weak);
  expect(await tryPassword(PASSWORD)).toBe(200);
  expect(stored()).not.toBe(weak);
});
