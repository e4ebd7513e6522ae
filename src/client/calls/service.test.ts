import { expect, it } from "vitest";
import { createDeviceKey, memoryDeviceKeyStore } from "../key/device-key";
import { createCallService } from "./service";

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
