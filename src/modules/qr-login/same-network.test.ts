import { describe, expect, it } from "vitest";
import { isSameNetwork } from "./same-network";

type Case = readonly [computer: string | null, phone: string | null];
const near = (pair: Case, proxies = 0) =>
  isSameNetwork({ computer: pair[0], phone: pair[1], proxies }) &&
  isSameNetwork({ computer: pair[1], phone: pair[0], proxies });
const far = ([computer, phone]: Case, proxies = 0) =>
  !isSameNetwork({ computer, phone, proxies }) &&
  !isSameNetwork({ computer: phone, phone: computer, proxies });

const onBothSidesOfAnyProxy: readonly Case[] = [
  ["203.0.113.5", "203.0.113.5"],
  ["203.0.113.5", "::ffff:203.0.113.5"],
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"],
  ["2001:db8:1:2::1", "2001:DB8:1:2::1"],
];
const onlyWithoutProxy: readonly Case[] = [
  ["192.168.1.10", "192.168.1.77"],
  ["192.168.1.10", "10.0.0.4"],
  ["172.16.0.1", "172.31.255.254"],
  ["127.0.0.1", "192.168.1.77"],
  ["127.0.0.1", "::1"],
  ["::1", "fe80::1"],
  ["fd00:1::1", "fd00:2::1"],
  ["192.168.1.10", "fd00::1"],
  ["::ffff:10.0.0.1", "10.9.9.9"],
];
const never: readonly Case[] = [
  ["203.0.113.5", "203.0.113.6"],
  ["203.0.113.5", "192.168.1.10"],
  ["203.0.113.5", "127.0.0.1"],
  ["172.32.0.1", "172.16.0.1"],
  ["100.64.0.1", "100.64.0.2"],
  ["2001:db8:1:2::1", "2001:db8:1:3::1"],
  ["2001:db8:1:2::1", "203.0.113.5"],
  ["2001:db8::1", "::1"],
  ["0.0.0.0", "127.0.0.1"],
  [null, "203.0.113.5"],
  [null, null],
  ["", ""],
  ["unknown", "unknown"],
  ["203.0.113.5, 10.0.0.1", "203.0.113.5, 10.0.0.1"],
  ["localhost", "localhost"],
];

describe("two callers", () => {
  it.each(onBothSidesOfAnyProxy)("%s and %s are near, with a proxy and without", (...pair) => {
    expect([near(pair, 0), near(pair, 1)]).toEqual([true, true]);
  });

  it.each(onlyWithoutProxy)("%s and %s are near when no proxy is between", (...pair) => {
    expect(near(pair, 0)).toBe(true);
    expect([far(pair, 1), far(pair, 2)]).toEqual([true, true]);
  });

  it.each(never)("%s and %s are never near", (...pair) => {
    expect([far(pair, 0), far(pair, 1)]).toEqual([true, true]);
  });
});
