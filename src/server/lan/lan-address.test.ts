import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "../settings/environment";
import { EnvironmentError } from "../settings/environment-error";
import { chooseLanAddress } from "./lan-address";

const at = (address: string): NetworkInterfaceInfo[] => [
  {
    family: "IPv4",
    address,
    netmask: "255.255.255.0",
    mac: "00:00:00:00:00:00",
    cidr: `${address}/24`,
    internal: false,
  },
];
const network = {
  interfaces: { en0: at("192.168.1.10"), en7: at("10.0.0.4"), docker0: at("172.17.0.1") },
  routedAddress: undefined,
};
const choose = (variables: Record<string, string>) => chooseLanAddress(readEnvironment(variables), network);

describe("chooseLanAddress", () => {
  it("takes the likeliest address and says what else there was", () => {
    const { appUrl, interfaceName, others } = choose({ PORT: "4000" });
    expect(appUrl.origin).toBe("https://192.168.1.10:4000");
    expect(interfaceName).toBe("en0");
    expect(others).toEqual([{ address: "10.0.0.4", interfaceName: "en7" }]);
  });

  it.each([
    [{ APP_URL: "https://kitchen.local:3000" }, "https://kitchen.local:3000"],
    [{ APP_URL: "https://192.168.7.7:3000" }, "https://192.168.7.7:3000"],
    [{ APP_URL: "https://[fd12::1]:3000" }, "https://[fd12::1]:3000"],
    [{ APP_URL: "https://10.9.9.9", PORT: "443" }, "https://10.9.9.9"],
    [{ HOST: "10.0.0.4" }, "https://10.0.0.4:3000"],
    [{ HOST: "fd12::1" }, "https://[fd12::1]:3000"],
    [{ HOST: "10.0.0.4", APP_URL: "https://kitchen.local:3000" }, "https://kitchen.local:3000"],
    [{ HOST: "0.0.0.0" }, "https://192.168.1.10:3000"],
    [{ HOST: "::" }, "https://192.168.1.10:3000"],
  ])("goes by %j", (variables, origin) => {
    expect(choose(variables).appUrl.origin).toBe(origin);
  });

  it.each([
    [{ APP_URL: "http://192.168.1.10:3000" }, "https://"],
    [{ APP_URL: "https://localhost:3000" }, "the phone itself"],
    [{ APP_URL: "https://accounts.example.com:3000" }, "behind-a-reverse-proxy.md"],
    [{ APP_URL: "https://8.8.8.8:3000" }, "local addresses and names only"],
    [{ APP_URL: "https://192.168.1.10" }, "PORT is 3000"],
    [{ HOST: "127.0.0.1" }, "127.0.0.1 is none"],
    [{ HOST: "8.8.8.8" }, "8.8.8.8 is none"],
    [{ HOST: "::1" }, "::1 is none"],
  ])("refuses %j and says why", (variables, reason) => {
    expect(() => choose(variables)).toThrow(EnvironmentError);
    expect(() => choose(variables)).toThrow(reason);
  });

  it("says how to go on when there is no local network", () => {
    const offline = { interfaces: { docker0: at("172.17.0.1") }, routedAddress: undefined };
    expect(() => chooseLanAddress(readEnvironment({}), offline)).toThrow(
      "APP_URL=https://ADDRESS:3000 npm start -- --lan",
    );
  });
});
