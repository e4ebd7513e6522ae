import { afterEach, beforeEach, expect, it } from "vitest";
import {
  type CountersignClient,
  createCountersignClient,
  memoryDeviceKeyStore,
  type QrSignInView,
} from "../../../src/client";
import { APP_URL, startService, type TestService } from "../../helpers/service";
import { byPhone, type SignedInPhone, signedInPhone } from "../../helpers/steps/qr";

let service: TestService;
let phone: SignedInPhone;
let client: CountersignClient;
let requests: string[];

beforeEach(async () => {
  service = await startService();
  await service.addUser("alice");
  phone = await signedInPhone(service, "alice");
  requests = [];
  client = createCountersignClient({
    url: APP_URL,
    delivery: "body",
    deviceKeyStore: memoryDeviceKeyStore(),
    fetch: (url, init) => {
      requests.push(new URL(url).pathname.replace(/[\w-]{22}/, "{id}"));
      return service.api(new Request(url, init), { address: "192.0.2.1" });
    },
  });
});

afterEach(async () => {
  client.close();
  await service.close();
});

/** Waits for a view, and hands over what had to be clicked or read. */
function start() {
  const views: QrSignInView[] = [];
  const signIn = client.qr.start((view) => views.push(view));
  const reach = async <S extends QrSignInView["status"]>(status: S) => {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const found = views.findLast((view) => view.status === status);
      if (found) return found as Extract<QrSignInView, { status: S }>;
      if (Date.now() > deadline) throw new Error(`Not ${status}, but ${JSON.stringify(views.at(-1))}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { signIn, reach, views };
}

const scan = async (code: { payload: string }, address?: string) =>
  (
    await byPhone(
      service,
      phone,
      "/api/auth/qr/scan",
      { qr_id: code.payload.split("/").at(-1) },
      address === undefined ? {} : { address },
    )
  ).body;

const answer = (path: "confirm" | "deny", ticket: unknown) =>
  byPhone(service, phone, `/api/auth/qr/${path}`, { ticket });

it("the client signs a program in by QR code, without a browser: from code to calls", async () => {
  const { reach } = start();
  const { code } = await reach("waiting");
  const scanned = await scan(code);
  expect(await reach("scanned")).toMatchObject({ scannedBy: "A•••", confirmation: { kind: "tap" } });
  expect((await answer("confirm", scanned.ticket)).status).toBe(204);
  const { sessionId } = await reach("signed_in");
  expect(client.auth.sessionId).toBe(sessionId);
  expect((await client.trpc.auth.me.query()).session).toMatchObject({ id: sessionId, method: "qr" });
  expect(requests.filter((path) => path.endsWith("/status"))).toEqual([]);
  expect(requests.filter((path) => path.endsWith("/events"))).toHaveLength(1);
});

it("the client learns that the phone denied it", async () => {
  const { reach } = start();
  const scanned = await scan((await reach("waiting")).code);
  await answer("deny", scanned.ticket);
  await reach("denied");
  expect(client.auth.sessionId).toBeUndefined();
});

it("the client hands in the six digits: wrong, then right", async () => {
  const { signIn, reach, views } = start();
  const scanned = await scan((await reach("waiting")).code, "198.51.100.7");
  expect(await reach("scanned")).toMatchObject({
    confirmation: { kind: "code", entry: { status: "wanted" } },
  });
  expect((await answer("confirm", scanned.ticket)).body.error).toBe("code_required");
  const digits = String(scanned.code);
  const entryIs = async (wanted: string) => {
    await expect
      .poll(() => {
        const view = views.at(-1);
        return view?.status === "scanned" && view.confirmation.kind === "code"
          ? view.confirmation.entry.status
          : null;
      })
      .toBe(wanted);
  };
  signIn.enterCode(digits === "000000" ? "000001" : "000000");
  await entryIs("wrong");
  signIn.enterCode(`${digits.slice(0, 3)} ${digits.slice(3)}`);
  await entryIs("entered");
  expect((await answer("confirm", scanned.ticket)).status).toBe(204);
  await reach("signed_in");
});

it("the client that stops cancels its code: the phone hears of it", async () => {
  const { signIn, reach } = start();
  const { code } = await reach("waiting");
  signIn.stop();
  await expect.poll(async () => (await scan(code)).error).toBe("access_denied");
});

it("the client asks again and again, at the service's pace, when the service has no stream left", async () => {
  const { streams, environment } = service.container;
  for (let open = 0; open < environment.maxStreams; open += 1) streams.take();
  const { reach } = start();
  const { code } = await reach("waiting");
  const scanned = await scan(code);
  expect((await answer("confirm", scanned.ticket)).status).toBe(204);
  await reach("signed_in");
  expect(requests.filter((path) => path.endsWith("/status"))).not.toEqual([]);
});
