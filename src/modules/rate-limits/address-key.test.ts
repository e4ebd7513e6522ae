import { expect, it } from "vitest";
import { addressKey } from "./address-key";

it("counts IPv4 addresses by themselves, also where they come mapped", () => {
  expect(addressKey("192.0.2.1")).not.toBe(addressKey("192.0.2.2"));
  expect(addressKey("::ffff:192.0.2.1")).toBe(addressKey("192.0.2.1"));
});

it("counts IPv6 addresses by their /64", () => {
  expect(addressKey("2001:db8:0:1::1")).toBe(addressKey("2001:db8::1:ffff:0:0:1"));
  expect(addressKey("2001:db8:0:1::1")).not.toBe(addressKey("2001:db8:0:2::1"));
});

it("counts all that it cannot read together", () => {
  expect(addressKey(null)).toBe(addressKey("nonsense"));
});
