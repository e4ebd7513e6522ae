import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSecretRing, dropOlderSecrets, loadSecrets, makeSecret, SecretsError } from "./secrets";

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), "countersign-secrets-"));
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const randomSecret = () => randomBytes(32).toString("base64url");
const load = (setting?: string, databaseExists = false) => loadSecrets({ setting, dataDir, databaseExists });
const file = () => path.join(dataDir, "secrets");

describe("loadSecrets", () => {
  it("makes a file that only its owner can read, and finds it again", () => {
    const first = load();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(["secrets"]);
    const second = load(undefined, true);
    expect(second.derive("1", "x")).toEqual(first.derive("1", "x"));
    expect(first.currentId).toBe("1");
  });

  it("makes it in a folder that is not there yet, which is its owner's too", () => {
    dataDir = path.join(dataDir, "deep", "er");
    load();
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    dataDir = path.dirname(path.dirname(dataDir));
  });

  it("makes a different one each time", () => {
    load();
    const first = readFileSync(file(), "utf8");
    rmSync(file());
    load();
    expect(readFileSync(file(), "utf8")).not.toBe(first);
  });

  it("refuses to make one beside a database, and makes nothing", () => {
    expect(() => load(undefined, true)).toThrow(SecretsError);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it("prefers the setting, and then touches no file", () => {
    const ring = load(`2:${randomSecret()}`);
    expect(ring.currentId).toBe("2");
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it("refuses a file that was cut short or emptied", () => {
    for (const text of ["", "\n", "1:", "1:c2hvcnQ", "nonsense"]) {
      writeFileSync(file(), text);
      expect(() => load()).toThrow(SecretsError);
      expect(readFileSync(file(), "utf8")).toBe(text);
    }
  });

  it("does not take a file that cannot be read for one that is missing", () => {
    writeFileSync(file(), "1:short");
    chmodSync(file(), 0o000);
    expect(() => load()).toThrow();
    chmodSync(file(), 0o600);
    expect(readFileSync(file(), "utf8")).toBe("1:short");
  });

  it("ends on one file when many processes start at once", { timeout: 30_000 }, async () => {
    const program = path.join(dataDir, "load.mjs");
    await build({
      stdin: {
        contents: `import { loadSecrets } from "./secrets";
          const ring = loadSecrets({ setting: undefined, dataDir: process.argv[2], databaseExists: false });
          process.stdout.write(ring.derive("1", "test").toString("hex"));`,
        resolveDir: "src/platform",
        loader: "ts",
      },
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: program,
    });
    const target = path.join(dataDir, "data");
    const keys = await Promise.all(Array.from({ length: 8 }, () => outputOf(program, target)));
    expect(keys[0]).toHaveLength(64);
    expect(new Set(keys).size).toBe(1);
    expect(readdirSync(target)).toEqual(["secrets"]);
  });
});

function outputOf(program: string, argument: string): Promise<string> {
  const child = spawn(process.execPath, [program, argument]);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return new Promise((resolve) => child.once("close", () => resolve(text)));
}

describe("createSecretRing", () => {
  it.each([
    ["", "empty"],
    ["1:", "no secret"],
    ["secret", "no id"],
    [randomSecret(), "no id"],
    [`0:${randomSecret()}`, "id 0"],
    [`-1:${randomSecret()}`, "negative"],
    [`a:${randomSecret()}`, "an id that is no number"],
    [`1:${randomBytes(31).toString("base64url")}`, "31 bytes"],
    [`1:${"A".repeat(43)}`, "all the same"],
    [`1:${Buffer.from("0123456789".repeat(4)).toString("base64url")}`, "ten different bytes"],
    [
      `1:${Buffer.from("please-change-me-please-change-me-now").toString("base64url")}`,
      "a placeholder, encoded",
    ],
    ["1:change-me-change-me-change-me-change-me-change-me-0123456789", "a placeholder"],
    [`1:${Buffer.from("this is the default secret of the docs").toString("base64url")}`, "a default"],
    [`1:${randomSecret()},2:short`, "a bad one behind a good one"],
    [`1:${randomSecret()},1:${randomSecret()}`, "two of one id"],
    [
      `2:${randomSecret()},1:${"V2l0aCBhIHJhbmRvbSBsb29rIGFib3V0IGl0LCBhcyBpdCBoYXMgdG8gYmU"},2:${randomSecret()}`,
      "two of the highest id",
    ],
  ])("refuses %s (%s) and does not repeat it", (text) => {
    let message = "";
    try {
      createSecretRing(text);
    } catch (error) {
      expect(error).toBeInstanceOf(SecretsError);
      message = (error as Error).message;
    }
    expect(message).not.toBe("");
    const secret = text.split(":")[1];
    if (secret) expect(message).not.toContain(secret);
  });

  it("makes new things with the highest id, whatever the order, and opens with all", () => {
    const [a, b, c] = [randomSecret(), randomSecret(), randomSecret()];
    const ring = createSecretRing(`2:${a}\n10:${b}, 9:${c}`);
    expect(ring.currentId).toBe("10");
    expect([...ring.ids].sort()).toEqual(["10", "2", "9"]);
    for (const id of ring.ids) expect(ring.derive(id, "x")).toHaveLength(32);
    expect(ring.derive("3", "x")).toBeUndefined();
  });

  it("derives another key for each purpose and each secret, and never the secret", () => {
    const secret = randomSecret();
    const ring = createSecretRing(`1:${secret},2:${randomSecret()}`);
    const keys = [ring.derive("1", "a"), ring.derive("1", "b"), ring.derive("2", "a")].map((key) =>
      key?.toString("hex"),
    );
    expect(new Set(keys).size).toBe(3);
    expect(keys).not.toContain(Buffer.from(secret, "base64url").toString("hex"));
    expect(createSecretRing(`1:${secret}`).derive("1", "a")?.toString("hex")).toBe(keys[0]);
  });
});

describe("makeSecret", () => {
  const make = (setting?: string) => makeSecret({ setting, dataDir });

  it("adds one that makes new things, and keeps the others", () => {
    const before = load();
    expect(make()).toBe("2");
    expect(make()).toBe("3");
    const after = load(undefined, true);
    expect([after.currentId, ...after.ids]).toEqual(["3", "1", "2", "3"]);
    expect(after.derive("1", "x")).toEqual(before.derive("1", "x"));
    expect(after.derive("2", "x")).not.toEqual(after.derive("3", "x"));
  });

  it("gives up all but the newest, which stays as it is", () => {
    load();
    const id = make();
    const before = load(undefined, true);
    dropOlderSecrets({ setting: undefined, dataDir });
    const after = load(undefined, true);
    expect([id, after.ids]).toEqual(["2", ["2"]]);
    expect(after.derive("2", "x")).toEqual(before.derive("2", "x"));
  });

  it("leaves one file that only its owner can read, where a link leads to as well", () => {
    load();
    const place = path.join(dataDir, "elsewhere");
    renameSync(file(), place);
    symlinkSync(place, file());
    make();
    expect(lstatSync(file()).isSymbolicLink()).toBe(true);
    expect(statSync(place).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir).sort()).toEqual(["elsewhere", "secrets"]);
    expect(load(undefined, true).currentId).toBe("2");
  });

  it("takes a file without a last line end", () => {
    writeFileSync(file(), `7:${randomSecret()}`);
    expect(make()).toBe("8");
    expect(load().ids).toEqual(["7", "8"]);
  });

  it.each([
    ["there is no file", () => undefined],
    ["the file is broken", () => writeFileSync(file(), "1:c2hvcnQ")],
    ["ids have run out", () => writeFileSync(file(), `9999:${randomSecret()}`)],
  ])("changes nothing when %s", (_, prepare) => {
    prepare();
    const before = readdirSync(dataDir).map((name) => readFileSync(path.join(dataDir, name), "utf8"));
    expect(() => make()).toThrow(SecretsError);
    expect(readdirSync(dataDir).map((name) => readFileSync(path.join(dataDir, name), "utf8"))).toEqual(
      before,
    );
  });

  it("refuses when the secrets are in the setting", () => {
    expect(() => make(`1:${randomSecret()}`)).toThrow("change them there");
    expect(readdirSync(dataDir)).toEqual([]);
  });
});
