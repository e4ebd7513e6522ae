import { afterAll, beforeAll, expect, it } from "vitest";
import { Authenticator } from "../../helpers/passkeys/authenticator";
import { addPasskey, signInByPasskey } from "../../helpers/passkeys/steps";
import { newDevice, PASSWORD, startService, type TestService } from "../../helpers/service";
import {
  byPhone,
  confirm,
  createQr,
  redeem,
  type SignedInPhone,
  scan,
  signedInPhone,
  statusOf,
} from "../../helpers/steps/qr";

/** QR_FOR=known: a code is approved for no computer but those that the account has signed in on, by password or passkey. */
let service: TestService;
let phone: SignedInPhone;

beforeAll(async () => {
  service = await startService({ QR_FOR: "known", QR_APPROVAL: "tap", LIMIT_QR_CLAIMS: "1000" });
  await service.addUser("ada");
  await service.addUser("bob");
  phone = await signedInPhone(service, "ada");
});
afterAll(() => service.close());

it("approves a computer that the account has signed in on with its password", async () => {
  const { device } = await signedInPhone(service, "ada");
  const computer = await createQr(service, { device });
  expect(computer.created.body).toMatchObject({ known_device: true });
  expect((await confirm(service, phone, await scan(service, phone, computer))).status).toBe(204);
  expect((await redeem(service, computer)).status).toBe(200);
});

it("approves a computer that the account has signed in on with a passkey", async () => {
  const passkey = new Authenticator();
  await addPasskey(service, phone.tokens, phone.device, passkey);
  const device = await newDevice();
  await signInByPasskey(service, device, passkey);
  const computer = await createQr(service, { device });
  expect((await confirm(service, phone, await scan(service, phone, computer))).status).toBe(204);
});

it("tells a computer that nobody has signed in on that its code is of no use", async () => {
  expect((await createQr(service)).created.body).toMatchObject({ known_device: false });
});

it("turns a computer of another account away, and tells both sides why", async () => {
  const { device } = await signedInPhone(service, "bob");
  const computer = await createQr(service, { device });
  expect(computer.created.body).toMatchObject({ known_device: true });
  const scanned = await scan(service, phone, computer);
  expect(scanned).toMatchObject({ status: 403, body: { error: "unknown_device" } });
  expect((await scan(service, phone, computer)).body.error).toBe("unknown_device");
  expect((await statusOf(service, computer)).body).toMatchObject({
    status: "denied",
    reason: "unknown_device",
    scanned_by: "A•••",
    expires_in: 0,
  });
  expect(await redeem(service, computer)).toMatchObject({
    status: 400,
    body: { error: "access_denied", reason: "unknown_device" },
  });
  const other = await signedInPhone(service, "ada");
  expect((await scan(service, other, computer)).body.error).toBe("qr_already_claimed");
});

it("turns it away by its typed code too", async () => {
  const { userCode } = await createQr(service);
  const typed = await byPhone(service, phone, "/api/auth/qr/scan", { user_code: userCode });
  expect(typed).toMatchObject({ status: 403, body: { error: "unknown_device" } });
});

it("turns it away at the approval when a new password made it a stranger after the scan", async () => {
  const earlier = await signedInPhone(service, "ada");
  await byPhone(service, earlier, "/api/auth/logout", {});
  const computer = await createQr(service, { device: earlier.device });
  const scanned = await scan(service, phone, computer);
  expect(scanned.status).toBe(200);
  const passwords = { old_password: PASSWORD, new_password: `${PASSWORD} once more` };
  expect((await byPhone(service, phone, "/api/auth/password", passwords)).status).toBe(204);
  expect((await confirm(service, phone, scanned)).body.error).toBe("unknown_device");
  expect((await redeem(service, computer)).body.error).toBe("access_denied");
});

it("knows no computer by an approval, only by a password or a passkey that was used on it", async () => {
  const everyone = await service.another({ QR_FOR: "everyone" });
  const { device } = await signedInPhone(service, "bob");
  const approved = await createQr(everyone, { device });
  await confirm(everyone, phone, await scan(everyone, phone, approved));
  expect((await redeem(everyone, approved)).status).toBe(200);
  await everyone.close();
  const computer = await createQr(service, { device });
  expect((await scan(service, phone, computer)).body.error).toBe("unknown_device");
});

it("says nothing of known computers where everyone may be approved", async () => {
  const other = await service.another({ QR_FOR: "everyone" });
  expect((await createQr(other)).created.body).not.toHaveProperty("known_device");
  await other.close();
});
