/**
 * An older copy of the database is put in its place, as by restoring a backup. Clients go on with what they were answered.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attack, told } from "../helpers/lab/attack";
import { copyDatabases, putCopyBack } from "../helpers/older-copy";
import { Authenticator } from "../helpers/passkeys/authenticator";
import { addPasskey, callAs, signInByPasskey } from "../helpers/passkeys/steps";
import {
  type Answer,
  type Device,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
  type Tokens,
} from "../helpers/service";
import { attempt } from "../helpers/steps/sign-in";
import { me, refresh } from "../helpers/wire";

let service: TestService;
let running: TestService;
let folder: string;
let device: Device;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-copy-"));
  service = await startService();
  running = service;
  await service.addUser("ada");
  device = await newDevice();
});
afterEach(async () => {
  if (running !== service) await running.close();
  await service.close();
  rmSync(folder, { recursive: true });
});

const backUp = () => copyDatabases(service.dataDir, folder);

/** The service stops, the copy comes in the place of the database, with or without the rest of the folder; it starts. */
async function putBack(what: "database" | "folder"): Promise<void> {
  await running.container.close();
  putCopyBack(folder, service.dataDir, what);
  running = await service.another();
}

const renew = async (tokens: Tokens, by?: Device): Promise<Tokens> => {
  const answer = await refresh(service, tokens.refresh_token, by, running);
  if (answer.status !== 200) throw new Error(told(answer));
  return answer.body as unknown as Tokens;
};
const tryToRenew = async (tokens: Tokens, by?: Device) =>
  told(await refresh(service, tokens.refresh_token, by, running));
const healthDetail = async () => (await running.call("/api/health")).body.detail;

describe("a client that holds what it was answered since", () => {
  it.each(["bearer", "bound"] as const)(
    "stays signed in, %s, and its next refresh works too",
    async (kind) => {
      const by = kind === "bound" ? device : undefined;
      let tokens = await service.signIn("ada", by);
      await backUp();
      for (let count = 0; count < 3; count += 1) tokens = await renew(tokens, by);
      await putBack("database");
      expect((await me(running, tokens.access_token, by)).status).toBe(200);
      tokens = await renew(await renew(tokens, by), by);
      expect((await me(running, tokens.access_token, by)).status).toBe(200);
      expect(running.log()).toContain("a refresh token is newer than the database");
    },
  );

  it("is signed in again in each of ten tabs that ask at once, with one successor", async () => {
    let tokens = await service.signIn("ada", device);
    await backUp();
    for (let count = 0; count < 3; count += 1) tokens = await renew(tokens, device);
    await putBack("database");
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => refresh(service, tokens.refresh_token, device, running)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
  });

  it("and lost the answer to its last refresh is not taken for a thief", async () => {
    const first = await service.signIn("ada", device);
    await backUp();
    const second = await renew(await renew(first, device), device);
    const third = await renew(second, device);
    await putBack("database");
    // Another tab has the newest one, this one the one before.
    const newest = await renew(third, device);
    expect((await renew(second, device)).refresh_token).toBe(newest.refresh_token);
  });

  it("can sign out with a token from the future", async () => {
    let tokens = await service.signIn("ada");
    await backUp();
    tokens = await renew(tokens);
    await putBack("database");
    const body = { refresh_token: tokens.refresh_token };
    expect((await running.call("/api/auth/logout", { method: "POST", json: body })).status).toBe(204);
    expect(await tryToRenew(tokens)).toBe("401 session_revoked");
  });
});

describe("the database alone is put back", () => {
  attack("a sign-out is not undone", "refresh 401 session_revoked, me 401 session_revoked", async () => {
    const tokens = await service.signIn("ada");
    await backUp();
    await service.call("/api/auth/logout", { method: "POST", json: { refresh_token: tokens.refresh_token } });
    await putBack("database");
    return `refresh ${await tryToRenew(tokens)}, me ${told(await me(running, tokens.access_token))}`;
  });

  attack(
    "what a changed password ended stays ended, and theft too",
    "401 session_revoked, 401 session_revoked",
    async () => {
      const [one, other] = [await service.signIn("ada"), await service.signIn("ada")];
      await service.addUser("grace");
      const first = await service.signIn("grace");
      await backUp();
      await service.container.accounts.resetPassword("ada", `${PASSWORD} anew`);
      await renew(await renew(first));
      await refresh(service, first.refresh_token);
      await putBack("database");
      expect(await tryToRenew(other)).toBe("401 session_revoked");
      return `${await tryToRenew(one)}, ${await tryToRenew(first)}`;
    },
  );

  attack("a closed account stays closed", "refresh 401 session_revoked, sign-in refused", async () => {
    const tokens = await service.signIn("ada");
    await backUp();
    await service.container.accounts.disable("ada", "may_go");
    await putBack("database");
    const signIn = await running.signIn("ada").then(
      () => "opens",
      () => "refused",
    );
    return `refresh ${await tryToRenew(tokens)}, sign-in ${signIn}`;
  });

  attack(
    "a passkey that its owner has deleted since, because it was lost, stays deleted",
    "another passkey 200, the deleted one 401 invalid_passkey",
    async () => {
      const tokens = await service.signIn("ada", device);
      const [lost, kept] = [new Authenticator(), new Authenticator()];
      for (const key of [lost, kept]) await addPasskey(service, tokens, device, key);
      await backUp();
      await callAs(service, tokens, device, ["DELETE", `/api/auth/passkeys/${lost.id}`]);
      await putBack("database");
      const byKept = told(await signInByPasskey(running, device, kept));
      return `another passkey ${byKept}, the deleted one ${told(await signInByPasskey(running, device, lost))}`;
    },
  );

  attack(
    "a deletion that its owner has taken back since is due at once: it takes another week, and is taken back again",
    "accounts deleted: 0, then 403 deletion_pending, then 200",
    async () => {
      await service.addUser("ben");
      const { access_token } = await service.signIn("ben");
      const headers = { authorization: `Bearer ${access_token}` };
      await service.call("/api/auth/me", { method: "DELETE", headers });
      await backUp();
      const keep = async ({ body }: Answer) =>
        running.call("/api/auth/keep-account", { json: { keep_token: body.keep_token } });
      await keep(await attempt(service, "ben", PASSWORD));
      service.clock.advance(8 * 86_400);
      await putBack("database");
      const count = await running.container.deletion.sweep(service.clock.now());
      const pending = await attempt(running, "ben", PASSWORD);
      return `accounts deleted: ${count}, then ${told(pending)}, then ${told(await keep(pending))}`;
    },
  );

  it("an account that was opened again stays open", async () => {
    await backUp();
    await service.container.accounts.disable("ada", "may_go");
    await service.container.accounts.enable("ada");
    await putBack("database");
    expect(await running.signIn("ada")).toBeDefined();
  });

  it("is said in the log and by health, and not said of a start like any other", async () => {
    await backUp();
    expect(await healthDetail()).toBeUndefined();
    await putBack("database");
    expect(running.log()).toContain("the database is another copy than last time");
    expect(await healthDetail()).toEqual(["database_put_back"]);
    await running.container.close();
    running = await service.another();
    expect(await healthDetail()).toBeUndefined();
  });

  it("and sessions end --all was stopped on its way: the next start ends the sessions that it had not reached", async () => {
    const tokens = await service.signIn("ada");
    await running.container.close();
    const database = new Sqlite(path.join(service.dataDir, "countersign.db"));
    database.exec(`UPDATE "Installation" SET "generation" = 'next'`);
    database.close();
    const ledger = new Sqlite(path.join(service.dataDir, "ledger.db"));
    ledger.exec(`INSERT OR REPLACE INTO "LedgerState" VALUES ('ending', 'next'), ('generation', 'next')`);
    ledger.close();
    running = await service.another();
    expect(await tryToRenew(tokens)).toBe("401 session_revoked");
    const later = await running.signIn("ada");
    await running.container.close();
    running = await service.another();
    expect(await tryToRenew(later)).toBe("200");
  });

  it("without its ledger: the log says what to run", async () => {
    await backUp();
    await running.container.close();
    for (const suffix of ["", "-wal", "-shm"])
      rmSync(path.join(service.dataDir, `ledger.db${suffix}`), { force: true });
    running = await service.another();
    expect(running.log()).toContain("sessions end --all");
    expect(await healthDetail()).toEqual(["database_put_back"]);
  });
});

describe("a thief with a bearer token that was superseded since the copy", () => {
  const INTERVAL = 31;

  async function stolen(): Promise<{ old: Tokens; newest: Tokens }> {
    const old = await service.signIn("ada");
    await backUp();
    const newest = await renew(await renew(await renew(old)));
    await putBack("database");
    return { old, newest };
  }

  attack(
    "who comes after the owner",
    "thief 401 refresh_token_reused, owner 401 session_revoked",
    async () => {
      const { old, newest } = await stolen();
      const moved = await renew(newest);
      return `thief ${await tryToRenew(old)}, owner ${await tryToRenew(moved)}`;
    },
  );

  attack(
    "who comes before the owner, and again",
    "owner 200, thief 401 refresh_token_reused, owner 401 session_revoked",
    async () => {
      const { old, newest } = await stolen();
      const taken = await renew(old);
      const owner = await refresh(service, newest.refresh_token, undefined, running);
      const thief = await tryToRenew(taken);
      const after = await tryToRenew(owner.body as unknown as Tokens);
      return `owner ${told(owner)}, thief ${thief}, owner ${after}`;
    },
  );

  attack(
    "who has overtaken the owner",
    "owner 401 refresh_token_reused, thief 401 session_revoked",
    async () => {
      const { old, newest } = await stolen();
      let taken = old;
      for (let count = 0; count < 6; count += 1) taken = await renew(taken);
      service.clock.advance(INTERVAL);
      return `owner ${await tryToRenew(newest)}, thief ${await tryToRenew(taken)}`;
    },
  );
});

describe("somebody without the key of a bound session", () => {
  attack(
    "with a token from the future: without a proof nothing moves, by another key the session ends",
    "401 invalid_dpop_proof, owner 200; 401 device_mismatch",
    async () => {
      let tokens = await service.signIn("ada", device);
      await backUp();
      for (let count = 0; count < 2; count += 1) tokens = await renew(tokens, device);
      await putBack("database");
      const unproven = await tryToRenew(tokens);
      const owner = await refresh(service, tokens.refresh_token, device, running);
      await putBack("database");
      const other = await tryToRenew(owner.body as unknown as Tokens, await newDevice());
      return `${unproven}, owner ${told(owner)}; ${other}`;
    },
  );
});

describe("the whole folder is put back", () => {
  attack(
    "and all sessions are ended by the operator: everything from before is dead, in other copies too",
    "401 session_revoked, new 200; other copy 401 session_revoked",
    async () => {
      const tokens = await service.signIn("ada");
      await backUp();
      await service.call("/api/auth/logout", {
        method: "POST",
        json: { refresh_token: tokens.refresh_token },
      });
      await putBack("folder");
      await running.container.sessions.endAll();
      const old = await tryToRenew(tokens);
      const fresh = await renew(await running.signIn("ada"));
      await putBack("database");
      expect(await tryToRenew(fresh)).toBe("401 invalid_token");
      return `${old}, new 200; other copy ${await tryToRenew(tokens)}`;
    },
  );
});
