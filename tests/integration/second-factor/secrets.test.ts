import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { replaceSecrets, rotateSecrets } from "../../../src/cli/secrets";
import type { AuthenticatorApp } from "../../helpers/second-factor/app";
import { addApp, challengeOf, complete, signInWithApp } from "../../helpers/second-factor/steps";
import { startService, type TestService } from "../../helpers/service";
import { openPhone } from "../../helpers/steps/qr";

/** What people's second factors hold has to outlive the installation's secrets: nobody can make it anew for them. */
async function withApp(
  run: (service: TestService, app: AuthenticatorApp, recoveryCodes: string[]) => Promise<void>,
): Promise<void> {
  const service = await startService();
  try {
    await service.addUser("ada");
    const { app, recoveryCodes } = await addApp(service, await openPhone(service, "ada"));
    await run(service, app, recoveryCodes);
  } finally {
    await service.close();
  }
}

const secretsFile = ({ dataDir }: TestService) => path.join(dataDir, "secrets");
const linesOf = (service: TestService) => readFileSync(secretsFile(service), "utf8").trim().split("\n");

function forgetKeys({ databaseFile }: TestService): void {
  const database = new Database(databaseFile);
  database.exec('DELETE FROM "ServerKey"');
  database.close();
}

async function next<T>(service: TestService, run: (service: TestService) => Promise<T>): Promise<T> {
  const opened = await service.another();
  try {
    return await run(opened);
  } finally {
    await opened.close();
  }
}

it("an app is sealed with the newest secret within the hour, and then the older one can go", async () => {
  await withApp(async (service, app, [recoveryCode]) => {
    await service.container.close();
    await rotateSecrets(service.container.environment);
    await next(service, async ({ container: { secondFactors } }) => {
      expect(await secondFactors.sealAnew()).toBe(1);
      expect(await secondFactors.sealAnew()).toBe(0);
    });
    const [, newest] = linesOf(service);
    writeFileSync(secretsFile(service), `${newest}\n`);
    forgetKeys(service);
    await next(service, async (without) => {
      expect((await signInWithApp(without, "ada", app)).status).toBe(200);
      const challenge = await challengeOf(without, "ada");
      const byCode = await complete(without, { challenge, kind: "recovery_code", code: recoveryCode });
      expect(byCode.status).toBe(200);
    });
  });
});

it("an app goes on after all secrets were replaced, and so do recovery codes", async () => {
  await withApp(async (service, app, [recoveryCode]) => {
    const { environment } = service.container;
    await service.container.close();
    expect(await replaceSecrets(environment)).toBe("2");
    expect(linesOf(service)).toEqual([expect.stringMatching(/^2:/)]);
    await next(service, async (replaced) => {
      expect((await signInWithApp(replaced, "ada", app)).status).toBe(200);
      const challenge = await challengeOf(replaced, "ada");
      const byCode = await complete(replaced, { challenge, kind: "recovery_code", code: recoveryCode });
      expect(byCode.status).toBe(200);
    });
  });
});

it("an app whose secret is gone is refused with what to do, and a recovery code still signs in", async () => {
  await withApp(async (service, app, [recoveryCode]) => {
    await service.container.close();
    expect(existsSync(secretsFile(service))).toBe(true);
    writeFileSync(secretsFile(service), `9:${randomBytes(32).toString("base64url")}\n`);
    forgetKeys(service);
    await next(service, async (without) => {
      expect(await without.container.secondFactors.sealAnew()).toBe(0);
      const refused = await signInWithApp(without, "ada", app);
      expect(refused).toMatchObject({
        status: 401,
        body: { error: "invalid_code", error_description: expect.stringContaining("recovery code") },
      });
      const challenge = await challengeOf(without, "ada");
      const byCode = await complete(without, { challenge, kind: "recovery_code", code: recoveryCode });
      expect(byCode.status).toBe(200);
    });
  });
});
