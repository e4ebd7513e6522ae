import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe } from "vitest";
import { createLog } from "../../src/platform/log/log";
import { createContainer, migrationsDirOf } from "../../src/server/composition/container";
import { readEnvironment } from "../../src/server/settings/environment";
import { attack } from "../helpers/lab/attack";

let base: string;

beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), "countersign-places-"));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

/** Starts and stops a service of these settings. @returns what it wrote to its log */
async function start(settings: Record<string, string>): Promise<string> {
  let written = "";
  const output = {
    write(text: string) {
      written += text;
    },
  };
  const environment = readEnvironment({ CAPTCHA: "off", ...settings });
  const log = createLog("warn", output);
  const container = await createContainer(environment, {
    migrationsDir: migrationsDirOf(process.cwd()),
    log,
  });
  await container.close();
  return written;
}

const startOrRefusal = (settings: Record<string, string>) =>
  start(settings).then(
    () => "started",
    (error: Error) => error.message.replaceAll(base, "…"),
  );

describe("places that others may write to", () => {
  attack("the data folder", "DATA_DIR: chmod go-w '…/data'; then started", async () => {
    const dataDir = path.join(base, "data");
    mkdirSync(dataDir);
    chmodSync(dataDir, 0o777);
    const refusal = await startOrRefusal({ DATA_DIR: dataDir });
    chmodSync(dataDir, 0o755);
    return `${refusal.split(":")[0]}: ${/chmod .*$/.exec(refusal)?.[0]}; then ${await startOrRefusal({ DATA_DIR: dataDir })}`;
  });

  attack("the folder of a database elsewhere", "DATABASE_URL: chmod go-w '…/elsewhere'", async () => {
    const elsewhere = path.join(base, "elsewhere");
    mkdirSync(elsewhere);
    chmodSync(elsewhere, 0o775);
    const refusal = await startOrRefusal({
      DATA_DIR: path.join(base, "data"),
      DATABASE_URL: `file:${path.join(elsewhere, "x.db")}`,
    });
    return `${refusal.split(":")[0]}: ${/chmod .*$/.exec(refusal)?.[0]}`;
  });

  attack(
    "secrets, database and write-ahead log",
    "started, each corrected and named in the log",
    async () => {
      const dataDir = path.join(base, "data");
      await start({ DATA_DIR: dataDir });
      const files = ["secrets", "countersign.db", "countersign.db-wal"].map((name) =>
        path.join(dataDir, name),
      );
      for (const file of files) {
        writeFileSync(file, "", { flag: "a" });
        chmodSync(file, 0o666);
      }
      const log = await start({ DATA_DIR: dataDir });
      const left = files.filter((file) => (statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o077);
      const named = files.filter((file) => log.includes(`write to ${file} `));
      return left.length === 0 && named.length === files.length
        ? "started, each corrected and named in the log"
        : log;
    },
  );
});
