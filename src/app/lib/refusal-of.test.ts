import { TRPCClientError } from "@trpc/client";
import { describe, expect, it } from "vitest";
import { refusalError } from "../../client/calls/links/client-error";
import { refusalOf, waitOrUnavailable } from "./refusal-of";

const refused = (reason: string, data: Record<string, unknown> = {}) =>
  refusalOf(refusalError({ reason, message: "No.", httpStatus: 400 }, { data }));

describe("refusalOf", () => {
  it("tells the code and what comes with it", () => {
    const { reason, members } = refused("weak_password", { rule: "common" });
    expect(reason).toBe("weak_password");
    expect(members.rule).toBe("common");
  });

  it.each([new TypeError("fetch failed"), new TRPCClientError("Failed to fetch"), "no error", undefined])(
    "takes for no refusal: %s",
    (error) => expect(refusalOf(error)).toEqual({ reason: undefined, members: {} }),
  );
});

describe("waitOrUnavailable", () => {
  it.each([
    ["too_many_attempts", 240, { status: "wait", seconds: 240 }],
    ["too_many_attempts", "soon", { status: "wait", seconds: 60 }],
    ["too_many_attempts", undefined, { status: "wait", seconds: 60 }],
    ["server_error", undefined, { status: "unavailable" }],
  ])("%s after %s", (reason, retry_after, outcome) =>
    expect(waitOrUnavailable(refused(reason, { retry_after }))).toEqual(outcome),
  );
});
