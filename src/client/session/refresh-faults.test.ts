import { describe, expect, it } from "vitest";
import {
  eachTestInAFreshBrowser,
  failureOf,
  service,
  signedInTab,
} from "../../../tests/helpers/client/fresh-browser";
import { reasonOf } from "../calls/links/client-error";

eachTestInAFreshBrowser();

describe("what never signs anyone out", () => {
  it.each([
    { fault: "network", cause: "network" },
    { fault: 429, cause: "rate_limited" },
    { fault: 500, cause: "server" },
    { fault: "html401", cause: "server" },
  ] as const)("a refresh that meets $fault", async ({ fault, cause }) => {
    let passedInMs = 0;
    const { client, signedOut } = await signedInTab({ now: () => Date.now() + passedInMs });
    service.expireAccessTokens();
    service.refreshFault = fault;
    const error = await failureOf(client.trpc.echo.query(1));
    expect(error.data).toMatchObject({ reason: "temporarily_unavailable", cause });
    expect(signedOut).toEqual([]);
    expect(client.auth.hint).toBe("signed_in");
    service.refreshFault = undefined;
    passedInMs = 8_000;
    expect(await client.trpc.echo.query(2)).toBe(2);
  });

  it("keeps to Retry-After", async () => {
    let passedInMs = 0;
    const { client } = await signedInTab({ now: () => Date.now() + passedInMs });
    service.expireAccessTokens();
    service.refreshFault = 429;
    await failureOf(client.trpc.echo.query(1));
    await failureOf(client.trpc.echo.query(1));
    expect(service.refreshes).toBe(1);
    passedInMs = 7_500;
    await failureOf(client.trpc.echo.query(1));
    expect(service.refreshes).toBe(2);
  });
});

describe("a clock that is off by ten minutes", () => {
  it.each([600, -600])("corrects itself with one repetition (%i s)", async (offset) => {
    service.clockOffsetInSeconds = offset;
    const { client } = await signedInTab();
    expect(service.requests).toEqual(["/api/auth/get_t", "/api/auth/get_t", "/api/auth/login"]);
    service.clockOffsetInSeconds = 0;
    service.requests.length = 0;
    expect(await Promise.all([client.trpc.echo.query(1), client.trpc.echo.query(2)])).toEqual([1, 2]);
    expect(service.requests).toEqual(["/api/trpc/echo,echo", "/api/trpc/echo,echo"]);
    expect(service.refreshes).toBe(0);
  });

  it("corrects itself where only a part of a batch was refused for it", async () => {
    const { client } = await signedInTab();
    service.clockOffsetInSeconds = 600;
    service.requests.length = 0;
    const [open, echo] = await Promise.all([client.trpc.open.query(), client.trpc.echo.query(1)]);
    expect([open, echo]).toEqual(["open", 1]);
    expect(service.requests).toEqual(["/api/trpc/open,echo", "/api/trpc/echo"]);
  });

  it("and a service that refuses every proof: the call fails after one repetition, nobody is signed out", async () => {
    const { client, signedOut } = await signedInTab();
    service.refuseAllProofs = true;
    service.requests.length = 0;
    expect(reasonOf(await failureOf(client.trpc.echo.query(1)))).toBe("invalid_dpop_proof");
    expect(service.requests).toEqual(["/api/trpc/echo", "/api/trpc/echo"]);
    expect(signedOut).toEqual([]);
  });

  it("at a refresh: neither does it sign out", async () => {
    let passedInMs = 0;
    const { client, signedOut } = await signedInTab({ now: () => Date.now() + passedInMs });
    passedInMs = 400_000;
    service.refuseAllProofs = true;
    expect(await client.auth.restore()).toEqual({ status: "unavailable", cause: "proof_refused" });
    expect(service.refreshes).toBe(2);
    expect(signedOut).toEqual([]);
  });
});
