import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

/**
 * The caller's address: the connection's own, or, behind as many proxies as the operator says there are (TRUST_PROXY),
 * the entry of X-Forwarded-For that the outermost of them wrote. What clients write there themselves is never believed.
 *
 * @returns the address in its shortest form, IPv4 also where it came mapped into IPv6; null when it cannot be known
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string | null {
  const connection = normalise(request.socket.remoteAddress);
  if (trustedProxies === 0) return connection;
  const header = request.headers["x-forwarded-for"];
  const chain = (Array.isArray(header) ? header.join(",") : (header ?? "")).split(",");
  // Each proxy appends the address it saw: the last entry is the innermost proxy's.
  return normalise(chain.at(-trustedProxies)?.trim());
}

/**
 * The same address where it says something of who is near whom, else null: a request that came through a proxy nobody
 * declared seems to come from that proxy, as everybody's does.
 *
 * DANGER: whoever writes such a header makes this null. It may decide what is near, and nothing that the caller would
 * rather not have: limits, sessions and the audit trail go by {@link clientAddress}.
 */
export function callerNetwork(request: IncomingMessage, trustedProxies: number): string | null {
  const wasForwarded = proxyHeaders.some((name) => request.headers[name] !== undefined);
  return trustedProxies === 0 && wasForwarded ? null : clientAddress(request, trustedProxies);
}

const proxyHeaders = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

function normalise(address: string | undefined): string | null {
  if (!address || !ipaddr.isValid(address)) return null;
  return ipaddr.process(address).toString();
}
