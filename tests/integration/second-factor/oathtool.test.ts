/** An authenticator app that is not ours: oathtool of the OATH Toolkit. */
import { execFileSync, spawnSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { callAs } from "../../helpers/passkeys/steps";
import { challengeOf, complete } from "../../helpers/second-factor/steps";
import { startService, type TestService } from "../../helpers/service";
import { openPhone, type SignedInPhone } from "../../helpers/steps/qr";

const isThere = spawnSync("oathtool", ["--version"]).error === undefined;
let service: TestService;
let owner: SignedInPhone;
let secret: string;
let users = 0;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** @param off seconds by which the clock of the app is off */
function codeOf(off = 0): string {
  const seconds = Math.floor(service.clock.now().getTime() / 1000) + off;
  return execFileSync("oathtool", ["--totp", "--base32", "--now", `@${seconds}`, secret])
    .toString()
    .trim();
}

if (!isThere) {
  it("IS LEFT OUT: oathtool is not installed (Debian: apt-get install oathtool)", () => {
    console.warn("oathtool is not installed: no other program has checked the codes of authenticator apps.");
  });
} else {
  describe("codes of oathtool", () => {
    beforeEach(async () => {
      users += 1;
      await service.addUser(`ada${users}`);
      owner = await openPhone(service, `ada${users}`);
      const { body } = await callAs(service, owner.tokens, owner.device, ["POST", "/api/auth/totp"]);
      secret = String(body.secret);
    });
    const confirm = () =>
      callAs(service, owner.tokens, owner.device, ["POST", "/api/auth/totp/confirm"], { code: codeOf() });
    const signIn = async (code: string) =>
      complete(service, { challenge: await challengeOf(service, `ada${users}`), kind: "totp", code });

    it("add the app and sign in, the same one never twice", async () => {
      expect((await confirm()).status).toBe(200);
      expect((await signIn(codeOf())).body.error).toBe("invalid_code");
      service.clock.advance(30);
      const code = codeOf();
      expect((await signIn(code)).status).toBe(200);
      expect((await signIn(code)).body.error).toBe("invalid_code");
    });

    it.each([
      [-60, 401],
      [-30, 200],
      [30, 200],
      [60, 401],
    ])("of a clock that is %d seconds off are answered with %d", async (off, status) => {
      await confirm();
      // Past the steps that the first code has used up; in the middle of one, so that no test is at its edge.
      service.clock.advance(120);
      service.clock.stop();
      const intoStep = Math.floor(service.clock.now().getTime() / 1000) % 30;
      service.clock.advance(15 - intoStep);
      expect((await signIn(codeOf(off))).status).toBe(status);
    });
  });
}
