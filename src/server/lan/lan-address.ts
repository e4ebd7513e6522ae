import type { NetworkInterfaceInfo } from "node:os";
import ipaddr from "ipaddr.js";
import { isLoopback } from "../../contract/loopback";
import { type LanCandidate, listLanCandidates } from "../../platform/lan/addresses";
import { isPermittedHost } from "../../platform/lan/local-names";
import type { Environment } from "../settings/environment";
import { EnvironmentError } from "../settings/environment-error";

/** Where phones find this service. */
export interface LanAddress {
  readonly appUrl: URL;
  /** The interface, when we chose it. */
  readonly interfaceName?: string;
  /** Other addresses of this machine that it may have been. */
  readonly others: readonly LanCandidate[];
}

interface Network {
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
  readonly routedAddress: string | undefined;
}

type Settings = Pick<Environment, "appUrl" | "isAppUrlGiven" | "host" | "port">;

/**
 * APP_URL when it is set, else HOST when it names one address, else the likeliest address of the machine.
 *
 * @throws EnvironmentError when a setting names a place that phones cannot reach or that no certificate can be made for, or
 *   when the machine has no address on a local network
 */
export function chooseLanAddress(settings: Settings, network: Network): LanAddress {
  if (settings.isAppUrlGiven) return { appUrl: checkAppUrl(settings), others: [] };
  const { host } = settings;
  if (host !== undefined && !isEveryInterface(host)) return { appUrl: urlOfHost(host, settings), others: [] };
  const [taken, ...others] = listLanCandidates(network.interfaces, network.routedAddress);
  if (!taken) {
    throw new EnvironmentError(
      "--lan found no address of a local network (10.x, 172.16.x to 172.31.x, 192.168.x). Connect to the network that the " +
        `phone is on, or name the address: APP_URL=https://ADDRESS:${settings.port} npm start -- --lan`,
    );
  }
  const appUrl = new URL(`https://${taken.address}:${settings.port}`);
  return { appUrl, interfaceName: taken.interfaceName, others };
}

function checkAppUrl({ appUrl, port }: Settings): URL {
  if (appUrl.protocol !== "https:") {
    throw new EnvironmentError("With --lan, APP_URL has to begin with https://, or leave it out");
  }
  if (isLoopback(appUrl)) {
    throw new EnvironmentError(
      `With --lan, APP_URL cannot be ${appUrl.hostname}: that is the phone itself when a phone opens it`,
    );
  }
  if (!isPermittedHost(appUrl.hostname)) {
    throw new EnvironmentError(
      `--lan makes certificates for local addresses and names only, and ${appUrl.hostname} is none. With a domain of your ` +
        "own, start without --lan and put a proxy in front: docs/how-to/behind-a-reverse-proxy.md",
    );
  }
  if (Number(appUrl.port || 443) !== port) {
    throw new EnvironmentError(`With --lan, APP_URL and PORT have to name the same port; PORT is ${port}`);
  }
  return appUrl;
}

function urlOfHost(host: string, { port }: Settings): URL {
  const isIpv6 = ipaddr.IPv6.isValid(host);
  const address = `https://${isIpv6 ? `[${host}]` : host}:${port}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || isLoopback(url) || !isPermittedHost(url.hostname)) {
    throw new EnvironmentError(
      `With --lan, HOST has to be an address of this machine on the local network, and ${host} is none; or leave it out`,
    );
  }
  return url;
}

function isEveryInterface(host: string): boolean {
  return ipaddr.isValid(host) && ipaddr.parse(host).range() === "unspecified";
}
