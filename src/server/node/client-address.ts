import type { IncomingMessage } from "node:http";
import { isInsideAddress, readAddress, readForwardedAddress } from "../../modules/addresses";

/** Where a request came from, as far as it can be known. */
export interface CallerAddress {
  /**
   * The connection's own address, or, behind as many proxies as the operator says there are (TRUST_PROXY), the entry of
   * X-Forwarded-For that the outermost of them wrote. What clients write there themselves is never believed. In its
   * shortest form, IPv4 also where it came mapped into IPv6; null when it cannot be known.
   */
  readonly address: string | null;
  /**
   * The same address where it says something of who is near whom, else null: a request that came through a proxy or a
   * gateway nobody declared seems to come from that, as everybody's does.
   *
   * DANGER: any caller who writes a forwarding header makes this null. It may decide what is near, and nothing that the caller
   * would rather not have: limits, sessions and the audit trail go by `address`.
   */
  readonly network: string | null;
}

export interface AddressSettings {
  readonly trustedProxies: number;
  /** Whether an address of the inside is its caller's own, and not that of a gateway before everybody. */
  readonly trustsPrivatePeers: boolean;
}

/** @param onUnread called with what was in the place of the address, when that was none */
export function callerAddress(
  request: IncomingMessage,
  { trustedProxies, trustsPrivatePeers }: AddressSettings,
  onUnread: (entry: string) => void,
): CallerAddress {
  const address = trustedProxies === 0 ? peerOf(request) : forwardedTo(request, trustedProxies, onUnread);
  const isHidden =
    (trustedProxies === 0 && proxyHeaders.some((name) => request.headers[name] !== undefined)) ||
    (!trustsPrivatePeers && address !== null && isInsideAddress(address));
  return { address, network: isHidden ? null : address };
}

const proxyHeaders = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

function peerOf(request: IncomingMessage): string | null {
  return readAddress(request.socket.remoteAddress ?? "")?.toString() ?? null;
}

function forwardedTo(
  request: IncomingMessage,
  trustedProxies: number,
  onUnread: (entry: string) => void,
): string | null {
  const header = request.headers["x-forwarded-for"];
  const chain = (Array.isArray(header) ? header.join(",") : (header ?? "")).split(",");
  // Each proxy appends the address it saw: the last entry is the innermost proxy's. One that is empty was written by a
  // proxy all the same: were it skipped, the entry before it would count, which may be the client's own.
  const entry = chain.at(-trustedProxies) ?? "";
  const address = readForwardedAddress(entry);
  if (address === undefined) onUnread(entry.trim());
  return address ?? null;
}
