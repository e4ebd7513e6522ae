import { expect, it } from "vitest";
import { type ErrorCode, errorTable } from "../../contract/errors";
import { nothingShared } from "../environment";
import { createDeviceKey, memoryDeviceKeyStore } from "../key/device-key";
import { SessionState } from "../session/session-state";
import { createStampStore } from "../session/stamp";
import { tellingFaults } from "../session/store-fault";
import { memoryTokenStore } from "../session/token-store";
import { createTabChannel } from "../tabs/tab-channel";
import { createQrCalls } from "./calls";
import type { QrCode } from "./state";

it("says when the tokens came but could not be kept", async () => {
  const session = new SessionState({
    delivery: "body",
    tokenStore: tellingFaults({ ...memoryTokenStore(), save: () => Promise.reject(new Error("ENOSPC")) }),
    stamps: createStampStore("s", undefined),
    tabs: createTabChannel({ scope: "s", ...nothingShared }),
    deviceKey: createDeviceKey(memoryDeviceKeyStore()),
    now: Date.now,
  });
  const calls = createQrCalls({
    callService: async () => ({
      status: "ok",
      body: { access_token: "a", token_type: "DPoP", expires_in: 300, session_id: "s", refresh_token: "r" },
      keyThumbprint: "k",
    }),
    session,
    delivery: "body",
    now: Date.now,
  });
  expect(await calls.redeem({ deviceCode: "d" } as QrCode)).toMatchObject({ cause: "token_store" });
  expect(session.usable?.sessionId).toBe("s");
});

/** What the state of a code is taken for when the service refuses to tell it. */
async function statusAfter(reason: ErrorCode) {
  const calls = createQrCalls({
    callService: async () => ({
      status: "refused",
      httpStatus: errorTable[reason].httpStatus,
      refusal: {
        reason,
        message: "",
        serverTimeInSeconds: undefined,
        retryAfterInSeconds: undefined,
        members: {},
      },
    }),
    session: {} as SessionState,
    delivery: "cookie",
    now: Date.now,
  });
  return calls.status({ deviceCode: "d" } as QrCode);
}

it("takes a code for gone that the service does not know, or knows as that of a key which was lost since", async () => {
  expect(await statusAfter("qr_not_found")).toEqual({ status: "gone" });
  expect(await statusAfter("device_mismatch")).toEqual({ status: "gone" });
});

it("takes no other refusal for that", async () => {
  expect(await statusAfter("cross_site_request")).toMatchObject({ cause: "wrong_address" });
  expect(await statusAfter("too_many_attempts")).toMatchObject({ cause: "rate_limited" });
});
