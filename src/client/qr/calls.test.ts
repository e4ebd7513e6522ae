import { expect, it } from "vitest";
import { type ErrorCode, errorTable } from "../../contract/errors";
import type { SessionState } from "../session-state";
import { createQrCalls } from "./calls";
import type { QrCode } from "./state";

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
