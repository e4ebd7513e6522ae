import { createTRPCClient, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { describe, expect, it } from "vitest";
import type { FakeRouter } from "../../../../tests/helpers/client/fake-service";
import { lazyLink } from "./lazy-link";

const answering: TRPCLink<FakeRouter> = () => () =>
  observable((observer) => {
    observer.next({ result: { data: 7 } });
    observer.complete();
  });

describe("a lazy link", () => {
  it("is loaded once, with the first call", async () => {
    let loads = 0;
    const load = async () => {
      loads += 1;
      return answering;
    };
    const client = createTRPCClient<FakeRouter>({ links: [lazyLink(load)] });
    expect(loads).toBe(0);
    expect(await Promise.all([client.echo.query(1), client.echo.query(2)])).toEqual([7, 7]);
    expect(loads).toBe(1);
  });

  it("fails the call when it cannot be loaded, and tries again with the next", async () => {
    let isThere = false;
    const load = async () => {
      if (!isThere) throw new TypeError("Failed to fetch dynamically imported module");
      return answering;
    };
    const client = createTRPCClient<FakeRouter>({ links: [lazyLink(load)] });
    await expect(client.echo.query(1)).rejects.toThrow("Failed to fetch");
    isThere = true;
    expect(await client.echo.query(1)).toBe(7);
  });
});
