import { expect, it } from "vitest";
import { addressKeys } from "./address-key";

const own = (address: string) => addressKeys(address)?.own;
const site = (address: string) => addressKeys(address)?.site;

it("counts IPv4 addresses by themselves, also where they come mapped or translated", () => {
  expect(own("192.0.2.1")).not.toBe(own("192.0.2.2"));
  expect(own("::ffff:192.0.2.1")).toBe(own("192.0.2.1"));
  expect(own("64:ff9b::192.0.2.1")).toBe(own("192.0.2.1"));
  expect(site("192.0.2.1")).toBeNull();
});

it("counts IPv6 addresses by their /64, and by their /48 beside it", () => {
  expect(own("2001:db8:0:1::1")).toBe(own("2001:db8::1:ffff:0:0:1"));
  expect(own("2001:db8:0:1::1")).not.toBe(own("2001:db8:0:2::1"));
  expect(site("2001:db8:0:1::1")).toBe(site("2001:db8:0:ffff::1"));
  expect(site("2001:db8:0:1::1")).not.toBe(site("2001:db8:1:1::1"));
  // Not of a longer number that begins with the same digits.
  expect(own("2001:db8:10:1::1")?.startsWith(site("2001:db8:1::1") ?? "")).toBe(false);
  expect(own("2001:db8:1:1::1")?.startsWith(site("2001:db8:1::1") ?? "")).toBe(true);
});

it("counts what is not known by nothing", () => {
  for (const unknown of [null, "", "nonsense", "unknown"]) expect(addressKeys(unknown)).toBeNull();
});
