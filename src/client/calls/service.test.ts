import { afterEach, expect, it, vi } from "vitest";
import { createDeviceKey, memoryDeviceKeyStore } from "../key/device-key";
import { overNetwork } from "./network-fault";
import { createCallService } from "./service";

afterEach(() => void vi.unstubAllGlobals());

it("the last call of a page that goes is sent without a look at the store, which may not answer in time", async () => {
  const store = memoryDeviceKeyStore();
  let isStuck = false;
  const deviceKey = createDeviceKey({
    ...store,
    load: () => (isStuck ? new Promise(() => {}) : store.load()),
  });
  const sent: (boolean | undefined)[] = [];
  const callService = createCallService({
    baseUrl: "https://accounts.example.com",
    delivery: "body",
    deviceKey,
    async provenFetch(_url, init) {
      sent.push(init.keepalive);
      return new Response(null, { status: 204 });
    },
  });
  const call = { method: "POST", path: "/api/auth/qr/cancel", body: {} } as const;
  await callService(call);
  isStuck = true;
  const answer = await callService({ ...call, keepalive: true });
  expect([answer.status, sent]).toEqual(["ok", [undefined, true]]);
});

it.each([
  [
    "https://app.example.com",
    expect.stringContaining("does not list https://app.example.com in CORS_ORIGINS"),
  ],
  ["https://accounts.example.com", undefined],
  [undefined, undefined],
])("without an answer, in a page of %s, hints at what browsers do not tell: %s", async (origin, hint) => {
  vi.stubGlobal("location", origin === undefined ? undefined : { origin });
  const callService = createCallService({
    baseUrl: "https://accounts.example.com",
    delivery: "body",
    deviceKey: createDeviceKey(memoryDeviceKeyStore()),
    provenFetch: () => overNetwork(() => Promise.reject(new TypeError("Failed to fetch"))),
  });
  const answer = await callService({ method: "GET", path: "/api/auth/get_t" });
  expect(answer).toEqual({
    status: "unavailable",
    cause: "network",
    ...(hint === undefined ? {} : { hint }),
  });
});
