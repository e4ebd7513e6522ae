/** A security key that is not ours: the formats are those of the Python package fido2. */
import { execFileSync, spawnSync } from "node:child_process";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { NewPasskey, PasskeyAssertion } from "../../../src/contract/passkeys";
import { callAs, creationOptions, login, newTicket } from "../../helpers/passkeys/steps";
import { APP_URL, newDevice, startService, type TestService } from "../../helpers/service";
import { openPhone, type SignedInPhone } from "../../helpers/steps/qr";

/** Debian's, for which python3-fido2 is; another one may come first in the path. */
const PYTHON = "/usr/bin/python3";
const PROGRAM = "tests/helpers/passkeys/security_key.py";
const isThere = spawnSync(PYTHON, ["-c", "import fido2, cryptography"]).status === 0;

type Key = Readonly<Record<string, unknown>>;

function run<T>(ceremony: object): { credential: T; key: Key } {
  const input = JSON.stringify({ origin: APP_URL, ...ceremony });
  return JSON.parse(execFileSync(PYTHON, [PROGRAM], { input }).toString());
}
const sign = (options: object, key: Key, origin = APP_URL) =>
  run<PasskeyAssertion>({ ceremony: "get", options, key, origin });

if (!isThere) {
  it("IS LEFT OUT: fido2 is not installed (Debian: apt-get install python3-fido2)", () => {
    console.warn("The Python package fido2 is not installed: no other program has made a passkey.");
  });
} else {
  describe("a security key of fido2", () => {
    let service: TestService;
    let owner: SignedInPhone;
    let users = 0;

    beforeAll(async () => {
      service = await startService();
    });
    afterAll(() => service.close());
    beforeEach(async () => {
      users += 1;
      await service.addUser(`ada${users}`);
      owner = await openPhone(service, `ada${users}`);
    });

    async function register(algorithm: string, extensions: object | null = null) {
      const options = await creationOptions(service, owner.tokens, owner.device);
      const made = run<NewPasskey>({ ceremony: "create", options, algorithm, extensions });
      const json = { credential: made.credential };
      const answer = await callAs(service, owner.tokens, owner.device, ["POST", "/api/auth/passkeys"], json);
      return { answer, key: made.key };
    }

    it.each(["ES256", "RS256", "EdDSA"])(
      "with a key for %s becomes a passkey and signs in",
      async (algorithm) => {
        const { answer, key } = await register(algorithm);
        expect([answer.status, answer.body]).toEqual([
          201,
          expect.objectContaining({ id: key.id, backed_up: false, transports: ["usb"] }),
        ]);
        const device = await newDevice();
        const { t, passkey_options } = await newTicket(service, device);
        const signedIn = await login(service, device, { t, passkey: sign(passkey_options, key).credential });
        expect(signedIn.status).toBe(200);
        expect(decodeJwt(String(signedIn.body.access_token))).toMatchObject({
          acr: "phr",
          amr: ["hwk", "user", "mfa"],
        });
      },
    );

    it("that says more of itself (extensions) becomes a passkey too", async () => {
      const { answer } = await register("ES256", { credProtect: 3, minPinLength: 4 });
      expect(answer.status).toBe(201);
    });

    it("signs in again as its counter goes on, and is refused once it goes back", async () => {
      const { key } = await register("ES256");
      const device = await newDevice();
      const signIn = async (used: Key) => {
        const { t, passkey_options } = await newTicket(service, device);
        const signed = sign(passkey_options, used);
        return { key: signed.key, answer: await login(service, device, { t, passkey: signed.credential }) };
      };
      const first = await signIn(key);
      const second = await signIn(first.key);
      const copy = await signIn(key);
      expect([first.answer.status, second.answer.status, copy.answer.body.error]).toEqual([
        200,
        200,
        "invalid_passkey",
      ]);
    });

    it("is refused what it signed for the page of another origin", async () => {
      const { key } = await register("ES256");
      const device = await newDevice();
      const { t, passkey_options } = await newTicket(service, device);
      const { credential } = sign(passkey_options, key, "https://countersign.example");
      expect((await login(service, device, { t, passkey: credential })).body.error).toBe("invalid_passkey");
    });
  });
}
