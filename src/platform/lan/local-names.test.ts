import { describe, expect, it } from "vitest";
import { isPermittedHost } from "./local-names";

describe("isPermittedHost", () => {
  it.each([
    "10.0.0.1",
    "172.31.255.1",
    "192.168.1.10",
    "100.64.0.1",
    "127.0.0.2",
    "[fd12::1]",
    "[::1]",
    "localhost",
    "kitchen.local",
    "Kitchen.LOCAL",
    "box.home.arpa",
    "a.b.internal",
  ])("takes %s", (host) => {
    expect(isPermittedHost(host)).toBe(true);
  });

  it.each([
    "8.8.8.8",
    "172.32.0.1",
    "192.169.0.1",
    "0.0.0.0",
    "[2001:db8::1]",
    "[fe80::1]",
    "[::ffff:8.8.8.8]",
    "example.com",
    "local.example.com",
    "notlocal",
    "evil-local",
    "arpa",
  ])("refuses %s", (host) => {
    expect(isPermittedHost(host)).toBe(false);
  });
});
