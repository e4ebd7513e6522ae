import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe } from "vitest";
import { createLog } from "../../src/platform/log/log";
import { type Container, createContainer, migrationsDirOf } from "../../src/server/composition/container";
import { type Api, createApi } from "../../src/server/faces/api";
import { readEnvironment } from "../../src/server/settings/environment";
import { attack } from "../helpers/lab/attack";

const TRIES = 1_000;
const WRONG = "not the password of anybody";

let dataDir: string;
let container: Container;
let api: Api;
let written: string;

async function open(settings: Record<string, string>) {
  const environment = readEnvironment({ DATA_DIR: dataDir, ...settings });
  const output = {
    write(text: string) {
      written += text;
    },
  };
  container = await createContainer(environment, {
    migrationsDir: migrationsDirOf(process.cwd()),
    log: createLog("info", output),
  });
  api = createApi(container);
}

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), "countersign-flood-"));
  written = "";
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const transport = { address: "192.0.2.1", network: "192.0.2.1" };

async function call(pathname: string, body?: unknown) {
  const json = { "content-type": "application/json" };
  const init = body === undefined ? {} : { method: "POST", headers: json, body: JSON.stringify(body) };
  const response = await api(new Request(`http://localhost:3000${pathname}`, init), transport);
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

/** What the log holds of a reason: `2 lines that count 1000`. */
function told(reason: string): string {
  const events = written
    .split("\n")
    .filter((line) => line.includes(`"reason":"${reason}"`))
    .map((line) => JSON.parse(line) as { repeats?: number });
  const count = events.reduce((sum, { repeats }) => sum + (repeats ?? 1), 0);
  return `${events.length} lines that count ${count}`;
}

describe("what a stranger can have written to the log", () => {
  attack(`${TRIES} refused tries with one ticket`, `2 lines that count ${TRIES}`, async () => {
    await open({ CAPTCHA: "off" });
    let refused = 0;
    while (refused === 0) {
      const { body } = await call("/api/auth/get_t");
      const tried = await call("/api/auth/login", { t: body.t, username: "ada", password: WRONG });
      if (tried.status === 429) refused = 1;
    }
    const { body } = await call("/api/auth/get_t");
    for (; refused < TRIES; refused += 1)
      await call("/api/auth/login", { t: body.t, username: "ada", password: WRONG });
    await container.close();
    return told("too_many_attempts");
  });

  attack("200 wrong answers to one captcha after the other", "2 lines that count 200", async () => {
    await open({ CAPTCHA: "always" });
    const { body } = await call("/api/auth/get_t");
    let { id } = body.captcha as unknown as { id: string };
    for (let i = 0; i < 200; i += 1) {
      const captcha = { id, kind: "image", answer: "wrong" };
      const tried = await call("/api/auth/login", { t: body.t, username: "ada", password: WRONG, captcha });
      id = (tried.body.captcha as unknown as { id: string } | undefined)?.id ?? id;
    }
    await container.close();
    return told("captcha_failed");
  });
});
