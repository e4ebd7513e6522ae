import { describe, expect, it } from "vitest";
import { isInsideAddress, readForwardedAddress } from "./read-address";

describe("an entry of X-Forwarded-For", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["203.0.113.7:41234", "203.0.113.7"],
    ["203.0.113.7:_hidden", "203.0.113.7"],
    ['"203.0.113.7:41234"', "203.0.113.7"],
    ["  203.0.113.7\t", "203.0.113.7"],
    ["2001:db8::1", "2001:db8::1"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ['"[2001:db8::1]:443"', "2001:db8::1"],
    ['" [2001:db8::1]:_x1 "', "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["[fe80::1%25en0]:80", "fe80::1"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["[::ffff:203.0.113.7]:443", "203.0.113.7"],
    ["::FFFF:CB00:7107", "203.0.113.7"],
    ["64:ff9b::203.0.113.7", "203.0.113.7"],
  ])("%j is the address %s", (entry, address) => {
    expect(readForwardedAddress(entry)).toBe(address);
  });

  it.each([
    "",
    " ",
    '""',
    "-",
    "unknown",
    "UNKNOWN",
    "_hidden",
    "_SEVKISEK",
    "unix:",
    "unix:/run/service.sock",
    "localhost",
    "for=203.0.113.7",
    "203.0.113.7:",
    "203.0.113.7/32",
    "203.0.113",
    "3405803783",
    "0313.0.0161.07",
    "203.0.113.256",
    "203.0.113.07",
    "[203.0.113.7",
    "203.0.113.7]",
    "[2001:db8::1]443",
    "2001:db8::1]:443",
    "1::2::3",
    "203.0.113.7 203.0.113.8",
    "::ffff:203.0.113.7:41234",
  ])("%j is none", (entry) => {
    expect(readForwardedAddress(entry)).toBeUndefined();
  });
});

it.each([
  ["203.0.113.7", false],
  ["8.8.8.8", false],
  ["2a00:1450:4001::1", false],
  ["172.17.0.1", true],
  ["10.0.2.100", true],
  ["100.64.0.1", true],
  ["169.254.1.1", true],
  ["127.0.0.1", true],
  ["::1", true],
  ["fe80::1", true],
  ["fd00::1", true],
  ["::ffff:10.0.0.1", true],
])("%s is an address of the inside: %s", (address, isInside) => {
  expect(isInsideAddress(address)).toBe(isInside);
});
