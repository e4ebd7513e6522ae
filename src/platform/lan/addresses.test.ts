import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { findRoutedAddress, listLanCandidates } from "./addresses";

const ipv4 = (address: string, internal = false): NetworkInterfaceInfo => ({
  family: "IPv4",
  address,
  netmask: "255.255.255.0",
  mac: "00:00:00:00:00:00",
  cidr: `${address}/24`,
  internal,
});
const ipv6: NetworkInterfaceInfo = {
  family: "IPv6",
  address: "fd00::2",
  netmask: "ffff:ffff:ffff:ffff::",
  mac: "00:00:00:00:00:00",
  cidr: "fd00::2/64",
  internal: false,
  scopeid: 0,
};

const addressesOf = (interfaces: Record<string, NetworkInterfaceInfo[]>, routed?: string) =>
  listLanCandidates(interfaces, routed).map(({ address }) => address);

describe("listLanCandidates", () => {
  it("takes the private IPv4 addresses and no others", () => {
    const interfaces = {
      lo: [ipv4("127.0.0.1", true)],
      eth0: [ipv6, ipv4("203.0.113.7"), ipv4("169.254.9.9")],
      wlan0: [ipv4("192.168.1.10")],
    };
    expect(listLanCandidates(interfaces, undefined)).toEqual([
      { address: "192.168.1.10", interfaceName: "wlan0" },
    ]);
  });

  it.each([
    "docker0",
    "br-1f2e3d",
    "veth12ab",
    "virbr0",
    "vmnet8",
    "vboxnet0",
    "VirtualBox Host-Only Network",
    "VMware Network Adapter VMnet1",
    "podman1",
  ])("leaves out %s, where nobody else is", (name) => {
    expect(addressesOf({ [name]: [ipv4("172.17.0.1")] }, "172.17.0.1")).toEqual([]);
  });

  it("keeps a bridge that is the machine's own way out", () => {
    expect(addressesOf({ br0: [ipv4("192.168.1.2")] })).toEqual(["192.168.1.2"]);
  });

  it("puts the address that packets to the world leave from first", () => {
    const interfaces = { eth0: [ipv4("192.168.1.10")], wlan0: [ipv4("10.0.0.4")] };
    expect(addressesOf(interfaces, "10.0.0.4")).toEqual(["10.0.0.4", "192.168.1.10"]);
  });

  it("puts tunnels last, even when all traffic goes through one", () => {
    const interfaces = {
      utun3: [ipv4("10.8.0.2")],
      tailscale0: [ipv4("100.101.102.103")],
      en0: [ipv4("192.168.1.10")],
    };
    expect(addressesOf(interfaces, "10.8.0.2")).toEqual(["192.168.1.10", "10.8.0.2", "100.101.102.103"]);
  });

  it("prefers what home networks use, when no route tells", () => {
    const interfaces = { a: [ipv4("172.16.3.4")], b: [ipv4("10.1.2.3")], c: [ipv4("192.168.0.5")] };
    expect(addressesOf(interfaces)).toEqual(["192.168.0.5", "10.1.2.3", "172.16.3.4"]);
  });

  it("finds none on a machine without a network", () => {
    expect(addressesOf({ lo: [ipv4("127.0.0.1", true)] })).toEqual([]);
  });
});

describe("findRoutedAddress", () => {
  it("answers with an address of the machine, or with nothing", async () => {
    expect((await findRoutedAddress()) ?? "0.0.0.0").toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });
});
