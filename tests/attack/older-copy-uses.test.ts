/** What was used up or removed after a backup was made, once the database is put back to that backup. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { copyDatabases, putCopyBack } from "../helpers/older-copy";
import { boundHeaders, PASSWORD, startService, type TestService } from "../helpers/service";
import { askForCode, finish, siteCookieOf, start } from "../helpers/steps/hand-over";
import { approvedQr, createQr, redeem, signedInPhone } from "../helpers/steps/qr";
import { attempt } from "../helpers/steps/sign-in";

const SITE = "http://localhost:8081";
const CLIENT = {
  id: "vault",
  name: "Vault",
  kind: "confidential",
  requiresBinding: false,
  audience: null,
  grants: ["device_code"],
} as const;

let service: TestService;
let running: TestService;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-copy-"));
  service = await startService({ PROTECTED_SITES: SITE });
  running = service;
  await service.addUser("ada");
});
afterEach(async () => {
  if (running !== service) await running.close();
  await service.close();
  rmSync(folder, { recursive: true });
});

const backUp = () => copyDatabases(service.dataDir, folder);
async function startAgain(): Promise<void> {
  await running.container.close();
  running = await service.another();
}
async function putBack(): Promise<void> {
  await running.container.close();
  putCopyBack(folder, service.dataDir, "database");
  running = await service.another();
}

const introspectedBy = (secret: string | null) =>
  running.call("/oauth/introspect", {
    form: { token: "none", client_id: "vault", client_secret: String(secret) },
  });

describe("what was counted since the copy", () => {
  attack(
    "wrong passwords: a guesser gets back the tries that were counted since, and the waits begin again",
    "5 × 401 invalid_credentials, 2 × 429 too_many_attempts; after that 5 × 401 invalid_credentials, 2 × 429 too_many_attempts",
    async () => {
      const guess = async () => {
        const answers = [];
        for (let count = 0; count < 7; count += 1) answers.push(await attempt(running, "ada", "wrong"));
        return toldOfAll(answers);
      };
      await backUp();
      const before = await guess();
      await putBack();
      return `${before}; after that ${await guess()}`;
    },
  );
});

describe("what serves once and was used since the copy", () => {
  attack("a sign-in ticket", "200, after that 400 invalid_ticket", async () => {
    const { body } = await service.call("/api/auth/get_t");
    await backUp();
    const json = { t: body.t, username: "ada", password: PASSWORD };
    const first = await service.call("/api/auth/login", { json });
    await putBack();
    return `${first.status}, after that ${told(await running.call("/api/auth/login", { json }))}`;
  });

  attack(
    "an approved QR code, whose session the phone has revoked",
    "200, 204, after that 400 expired_token",
    async () => {
      const phone = await signedInPhone(service, "ada");
      const computer = await approvedQr(service, phone);
      await backUp();
      const first = await redeem(service, computer);
      const at = `/api/auth/sessions/${first.body.session_id}`;
      const { device, tokens } = phone;
      const headers = await boundHeaders(device, "DELETE", at, tokens.access_token, service.clock);
      const revoked = await service.call(at, { method: "DELETE", headers });
      await putBack();
      return `${first.status}, ${revoked.status}, after that ${told(await redeem(running, computer))}`;
    },
  );

  attack("a recovery link", "204, after that 403 invalid_reset_token", async () => {
    const account = await service.container.accountAdministration.require("ada");
    const { resetToken } = await service.container.recovery.issue(account, "operator");
    await backUp();
    const json = { reset_token: resetToken, password: "seven lamps over a quarry" };
    const first = await service.call("/api/auth/recovery/complete", { json });
    await putBack();
    return `${first.status}, after that ${told(await running.call("/api/auth/recovery/complete", { json }))}`;
  });

  attack("a code of a hand-over to a site", "a cookie, after that none", async () => {
    const ada = await signedInPhone(service, "ada");
    const { state, cookie } = await start(service, SITE);
    const { body } = await askForCode(service, ada, SITE, state);
    await backUp();
    const got = async (by: TestService) => {
      const answer = await finish(by, SITE, { code: body.code, state }, { cookie });
      return siteCookieOf(answer) === "" ? "none" : "a cookie";
    };
    const first = await got(service);
    await putBack();
    return `${first}, after that ${await got(running)}`;
  });

  it("outlives a start like any other when it was not used", async () => {
    const computer = await approvedQr(service, await signedInPhone(service, "ada"));
    const { body } = await service.call("/api/auth/get_t");
    await startAgain();
    expect((await redeem(running, computer)).status).toBe(200);
    const json = { t: body.t, username: "ada", password: PASSWORD };
    expect((await running.call("/api/auth/login", { json })).status).toBe(200);
  });

  it("is asked for again by the client that had not used it", async () => {
    await backUp();
    await putBack();
    expect((await createQr(running)).created.status).toBe(201);
    expect(await running.signIn("ada")).toBeDefined();
  });
});

describe("an application that was removed since the copy", () => {
  attack("comes back with its secret", "200, after that 401 invalid_client", async () => {
    const secret = await service.container.clientAdministration.add(CLIENT);
    await backUp();
    const first = await introspectedBy(secret);
    await service.container.clientAdministration.remove("vault");
    await putBack();
    return `${first.status}, after that ${told(await introspectedBy(secret))}`;
  });

  it("stays when it was registered again, and only its new secret opens", async () => {
    const old = await service.container.clientAdministration.add(CLIENT);
    await service.container.clientAdministration.remove("vault");
    const secret = await service.container.clientAdministration.add(CLIENT);
    await startAgain();
    expect((await introspectedBy(secret)).status).toBe(200);
    expect((await introspectedBy(old)).status).toBe(401);
  });
});
