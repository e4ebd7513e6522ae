import { afterEach, beforeEach, expect, it } from "vitest";
import { PASSWORD, startService, type TestService } from "../../helpers/service";
import { byPhone, createQr, enterCode, openPhone, scan } from "../../helpers/steps/qr";
import { attempt } from "../../helpers/steps/sign-in";

/** Characters that nobody sees come along when something is copied from a mail, a chat or a document. */
let service: TestService;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
});
afterEach(() => service.close());

it.each(["\u200bada", "ada\u200f ", "\u2068ada\u2069", "a\u00adda", "\ufeff\uff21\uff24\uff21"])(
  "the name %j signs ada in",
  async (name) => {
    expect((await attempt(service, name, PASSWORD)).status).toBe(200);
  },
);

it.each([`${PASSWORD}\u200b`, `\u2068${PASSWORD}\u2069`, ` ${PASSWORD}`])(
  "the password %j is another one: nothing that is in it is taken off",
  async (password) => {
    expect((await attempt(service, "ada", password)).body.error).toBe("invalid_credentials");
    await service.addUser("grace", password);
    expect((await attempt(service, "grace", password)).status).toBe(200);
    expect((await attempt(service, "grace", PASSWORD)).body.error).toBe("invalid_credentials");
  },
);

it("a typed code and the six digits are read with whatever came along, in whichever digits", async () => {
  const phone = await openPhone(service, "ada");
  const computer = await createQr(service);
  const user_code = `\u2067${computer.userCode.replace("-", "\u2212").toLowerCase()}\u2069\u200b`;
  const far = { address: "198.51.100.7" };
  expect((await byPhone(service, phone, "/api/auth/qr/scan", { user_code }, far)).status).toBe(200);
  const { code } = (await scan(service, phone, computer, far)).body;
  const arabic = [...String(code)].map((digit) => String.fromCodePoint(0x0660 + Number(digit))).join("");
  const digits = `\u2066${arabic.slice(0, 3)}\u00a0${arabic.slice(3)}\u2069`;
  expect((await enterCode(service, computer, digits)).status).toBe(204);
});
