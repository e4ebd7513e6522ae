import { describe, expect, it } from "vitest";
import { isLoopback, ownOrigins } from "./loopback";

describe("isLoopback", () => {
  it.each(["localhost", "app.localhost", "127.0.0.1", "127.1.2.3", "[::1]"])("%s", (host) => {
    expect(isLoopback(new URL(`http://${host}:3000`))).toBe(true);
  });

  it.each([
    "localhost.evil.example",
    "evil-localhost",
    "127.0.0.1.evil.example",
    "127.evil.example",
    "128.0.0.1",
    "[::2]",
    "192.168.1.7",
  ])("not %s", (host) => {
    expect(isLoopback(new URL(`http://${host}:3000`))).toBe(false);
  });
});

describe("ownOrigins", () => {
  it("is the address alone, but on the machine itself all its names at the same port", () => {
    expect(ownOrigins(new URL("https://a.example"))).toEqual(["https://a.example"]);
    expect(ownOrigins(new URL("http://127.0.0.1:3000"))).toEqual([
      "http://localhost:3000",
      "http://127.0.0.1:3000",
      "http://[::1]:3000",
    ]);
  });

  it("takes no name that may be another service's of this machine", () => {
    for (const origin of ["http://app.localhost:3000", "http://127.0.0.2:3000"]) {
      expect(ownOrigins(new URL(origin))).toEqual([origin]);
    }
  });
});
