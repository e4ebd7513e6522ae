import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";
import { OperatorError } from "../../../src/platform/operator-error";
import { readDocument } from "../../helpers/markdown";
import { bearer, startService, type TestService } from "../../helpers/service";

const freshSecret = "V2l0aCBhIHJhbmRvbSBsb29rIGFib3V0IGl0LCBhcyBpdCBoYXMgdG8gYmU";
const open: TestService[] = [];

async function startSignedIn() {
  const service = await startService();
  open.push(service);
  await service.addUser("ada");
  return { service, tokens: await service.signIn("ada") };
}

/** What a restart with changed secrets sees: a new instance on the same data. */
async function restarted(service: TestService): Promise<TestService> {
  const next = await service.another();
  open.unshift(next);
  return next;
}

afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
});

describe("docs/how-to/rotate-keys-and-secrets.md", () => {
  it("says truly that adding a secret signs nobody out", async () => {
    const { service, tokens } = await startSignedIn();
    appendFileSync(path.join(service.dataDir, "secrets"), `2:${freshSecret}\n`);

    const next = await restarted(service);
    const me = await next.call("/api/auth/me", { headers: bearer(tokens.access_token) });
    const refreshed = await next.call("/api/auth/refresh-token", {
      json: { refresh_token: tokens.refresh_token },
    });

    expect([me.status, refreshed.status]).toEqual([200, 200]);
    expect(tokens.refresh_token).toMatch(/^1\./);
    expect(refreshed.body.refresh_token).toMatch(/^2\./);
  });

  it("says truly that a secret taken out too early keeps the service from starting", async () => {
    const { service } = await startSignedIn();
    writeFileSync(path.join(service.dataDir, "secrets"), `2:${freshSecret}\n`);
    const refusal: unknown = await restarted(service).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(OperatorError);
    expect(String(refusal)).toContain("secret 1, which this installation does not have");
  });

  it("gives steps after which nothing from before is accepted", async () => {
    const { service, tokens } = await startSignedIn();
    // As the steps say: one that runs on would make itself new keys, with the secret that it still has.
    open.splice(open.indexOf(service), 1);
    await service.container.close();
    writeFileSync(path.join(service.dataDir, "secrets"), `2:${freshSecret}\n`);
    const [, statement = ""] =
      /sqlite3 data\/countersign\.db '([^']+)'/.exec(
        readDocument("docs/how-to/rotate-keys-and-secrets.md"),
      ) ?? [];
    const database = new Database(service.databaseFile);
    database.exec(statement);
    database.close();

    const next = await restarted(service);
    const me = await next.call("/api/auth/me", { headers: bearer(tokens.access_token) });
    const refreshed = await next.call("/api/auth/refresh-token", {
      json: { refresh_token: tokens.refresh_token },
    });

    expect([me.status, me.body.error]).toEqual([401, "invalid_token"]);
    expect([refreshed.status, refreshed.body.error]).toEqual([401, "invalid_token"]);
    expect((await next.signIn("ada")).refresh_token).toMatch(/^2\./);
    rmSync(service.dataDir, { recursive: true, force: true });
  });
});
