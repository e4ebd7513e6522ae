import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Answer, newDevice, PASSWORD, startService, type TestService } from "../../helpers/service";
import {
  byComputer,
  byPhone,
  confirm,
  openPhone,
  redeem,
  type SignedInPhone,
  scan,
  type WaitingComputer,
} from "../../helpers/steps/qr";
import { getTicket, send } from "../../helpers/steps/sign-in";

const PAGE = "https://reports.example.com";
const OTHER_PAGE = "https://wiki.example.com";

let service: TestService;
let phone: SignedInPhone;

beforeEach(async () => {
  service = await startService({ CORS_ORIGINS: `${PAGE} ${OTHER_PAGE}` });
  await service.addUser("ada");
  phone = await openPhone(service, "ada");
  const common = { grants: [], audience: null, requiresBinding: false, kind: "public" } as const;
  const { clientAdministration } = service.container;
  await clientAdministration.add({ ...common, id: "reports", name: "Reports", origins: [PAGE] });
  await clientAdministration.add({ ...common, id: "wiki", name: "Wiki", origins: [OTHER_PAGE] });
  await clientAdministration.add({ ...common, id: "tool", name: "Deploy tool", grants: ["device_code"] });
});

afterEach(() => service.close());

/** What the typed face answered, in the shape of the plain one. */
function plain({ status, body }: Answer): { status: number; body: Record<string, unknown> } {
  const { result, error } = body as unknown as {
    result?: { data: Record<string, unknown> };
    error?: { data: { reason: string } };
  };
  return { status, body: error ? { error: error.data.reason } : { ...result?.data } };
}

const faces = {
  "plain face": (path: string) => path,
  "typed face": (path: string) =>
    path === "/api/auth/login" ? "/api/trpc/auth.login" : "/api/trpc/qr.create",
};

describe.each(Object.entries(faces))("which application asks, on the %s", (face, addressOf) => {
  const shaped = (answer: Answer) => (face === "plain face" ? answer : plain(answer));

  async function signIn(clientId: string | undefined, origin?: string) {
    const device = await newDevice();
    const { t } = await getTicket(service, { device });
    const json = { t, username: "ada", password: PASSWORD, client_id: clientId };
    const headers: Record<string, string> = origin === undefined ? {} : { origin };
    const attempt = () => send(service, "POST", addressOf("/api/auth/login"), json, { device, headers });
    return { t, device, answer: shaped(await attempt()) };
  }

  async function askForCode(clientId: string, origin: string) {
    const device = await newDevice();
    const headers = { origin };
    const answer = shaped(
      await byComputer(service, device, addressOf("/api/auth/qr"), { client_id: clientId }, { headers }),
    );
    const { qr_id: qrId = "", device_code: deviceCode = "" } = answer.body as Record<string, string>;
    return { answer, computer: { device, qrId, deviceCode } as WaitingComputer };
  }

  it("a sign-in by password names it: the list of sessions and the audit trail show its name", async () => {
    const { answer } = await signIn("reports", PAGE);
    expect(answer.status).toBe(200);
    const { sessions } = (await byPhone(service, phone, "/api/auth/sessions")).body as {
      sessions: { id: string; client_id: string; application: unknown }[];
    };
    const session = sessions.find(({ id }) => id === answer.body.session_id);
    expect(session).toMatchObject({
      client_id: "countersign",
      application: { id: "reports", name: "Reports" },
    });
    expect(sessions.find(({ id }) => id === phone.tokens.session_id)?.application).toBeNull();
    const [event] = await service.container.audit.list({
      types: ["signed_in"],
      since: new Date(0),
      limit: 1,
    });
    expect(event?.detail).toMatchObject({ client: "reports", client_name: "Reports" });
  });

  it("a code names it: the phone is shown its name, and the session that comes out has it", async () => {
    const { answer, computer } = await askForCode("reports", PAGE);
    expect([200, 201]).toContain(answer.status);
    const scanned = await scan(service, phone, computer);
    expect(scanned.body.request).toMatchObject({ client: { id: "reports", name: "Reports" } });
    await confirm(service, phone, scanned);
    const redeemed = await redeem(service, computer);
    const { sessions } = (await byPhone(service, phone, "/api/auth/sessions")).body as {
      sessions: { id: string; application: unknown }[];
    };
    expect(sessions.find(({ id }) => id === redeemed.body.session_id)?.application).toEqual({
      id: "reports",
      name: "Reports",
    });
    const [event] = await service.container.audit.list({
      types: ["signed_in"],
      since: new Date(0),
      limit: 1,
    });
    expect(event?.detail).toMatchObject({ method: "qr", client: "reports", client_name: "Reports" });
  });

  it.each([
    ["an unknown client", "nobody", PAGE],
    ["a client that has no pages", "tool", PAGE],
    ["another page's client", "wiki", PAGE],
    ["a client, by a program without an origin", "reports", undefined],
  ])("%s is refused with invalid_client before the password is looked at", async (_, id, origin) => {
    const { answer, t, device } = await signIn(id, origin);
    expect(answer).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    if (origin) expect((await askForCode(id, origin)).answer.body.error).toBe("invalid_client");
    // The ticket is still good.
    const again = await send(
      service,
      "POST",
      "/api/auth/login",
      { t, username: "ada", password: PASSWORD },
      { device },
    );
    expect(again.status).toBe(200);
  });
});

it("without a client_id a page of another origin signs in as before, and has no name", async () => {
  const device = await newDevice();
  const { t } = await getTicket(service, { device });
  const json = { t, username: "ada", password: PASSWORD };
  const answer = await send(service, "POST", "/api/auth/login", json, { device, headers: { origin: PAGE } });
  expect(answer.status).toBe(200);
});

describe("a client that is removed", () => {
  it("takes the sessions that began at its pages along, and its open codes", async () => {
    const device = await newDevice();
    const headers = { origin: PAGE };
    const created = await byComputer(service, device, "/api/auth/qr", { client_id: "reports" }, { headers });
    const computer = {
      device,
      qrId: created.body.qr_id,
      deviceCode: created.body.device_code,
    } as WaitingComputer;
    await confirm(service, phone, await scan(service, phone, computer));
    const { t } = await getTicket(service, { device });
    const json = { t, username: "ada", password: PASSWORD, client_id: "reports" };
    expect((await send(service, "POST", "/api/auth/login", json, { device, headers })).status).toBe(200);

    expect(await service.container.clientAdministration.remove("reports")).toBe(1);
    expect((await redeem(service, computer)).body.error).toBe("access_denied");
    const { sessions } = (await byPhone(service, phone, "/api/auth/sessions")).body as { sessions: object[] };
    expect(sessions).toHaveLength(1);
  });
});

describe("a client with pages", () => {
  const base = { id: "x", name: "X", grants: [], audience: null, requiresBinding: false } as const;

  it.each([
    ["a secret, which a page cannot keep", { ...base, kind: "confidential", origins: [PAGE] }, "origins"],
    ["neither a grant nor an origin", { ...base, kind: "public" }, "grants"],
  ] as const)("is not registered with %s", async (_, input, field) => {
    await expect(service.container.clientAdministration.add(input)).rejects.toMatchObject({
      code: "invalid_request",
      details: { field },
    });
  });
});
