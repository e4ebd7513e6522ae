import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boundHeaders, startService, type TestService, type Tokens } from "../../helpers/service";
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

let service: TestService;
let phone: SignedInPhone;

beforeAll(async () => {
  service = await startService();
  await service.addUser("alice");
  phone = await signedInPhone(service, "alice");
});
afterAll(() => service.close());

describe("the plain face from code to session", () => {
  it("signs the computer in with tokens of its own, bound to its key, while the phone keeps its session", async () => {
    const computer = await createQr(service);
    expect(computer.created.status).toBe(201);
    expect(computer.created.body).toMatchObject({ expires_in: 120, interval: 1 });
    expect(computer.created.body.verification_uri_complete).toBe(`http://localhost:3000/q/${computer.qrId}`);
    expect(computer.userCode).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
    expect((await statusOf(service, computer)).body).toMatchObject({ status: "pending", scanned_by: null });
    expect((await redeem(service, computer)).body.error).toBe("authorization_pending");

    const scanned = await scan(service, phone, computer);
    expect(scanned.status).toBe(200);
    expect(scanned.body).toMatchObject({
      expires_in: 60,
      confirmation: "tap",
      request: { client: { id: "countersign" }, ip: "192.0.2.1", same_network: true },
    });
    expect(scanned.body.code).toBeUndefined();
    expect((await statusOf(service, computer)).body).toMatchObject({ status: "scanned", scanned_by: "A•••" });

    expect((await confirm(service, phone, scanned)).status).toBe(204);
    const granted = await redeem(service, computer);
    expect(granted.status).toBe(200);
    const tokens = granted.body as unknown as Tokens;
    expect(tokens.token_type).toBe("DPoP");
    const me = await service.call("/api/auth/me", {
      headers: await boundHeaders(computer.device, "GET", "/api/auth/me", tokens.access_token),
    });
    expect(me.body).toMatchObject({ user: { username: "alice" }, session: { method: "qr" } });
    expect((await redeem(service, computer)).status).toBe(400);

    const claim = await byPhone(service, phone, `/api/auth/qr/${computer.qrId}`);
    expect(claim.body).toMatchObject({ status: "consumed", session_id: tokens.session_id });
    const list = await byPhone(service, phone, "/api/auth/sessions");
    expect(list.body.sessions).toContainEqual(
      expect.objectContaining({ id: tokens.session_id, approved_by: phone.tokens.session_id }),
    );
    const logout = await service.call("/api/auth/logout", {
      method: "POST",
      headers: await boundHeaders(computer.device, "POST", "/api/auth/logout", tokens.access_token),
    });
    expect(logout.status).toBe(204);
    expect((await byPhone(service, phone, "/api/auth/me")).status).toBe(200);
  });
});
