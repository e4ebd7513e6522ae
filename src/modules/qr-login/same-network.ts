import ipaddr from "ipaddr.js";
import { readAddress } from "../addresses";

/** How near two callers are to each other; it decides how much a confirmation has to prove. */
export interface Neighbours {
  readonly computer: string | null;
  readonly phone: string | null;
  /** Behind a proxy, addresses of the inside say nothing about who is near whom. */
  readonly proxies: number;
}

const inside: ReadonlySet<string> = new Set(["private", "loopback", "linkLocal", "uniqueLocal"]);

/**
 * Whether the computer and the phone are likely in one network: equal IPv4 addresses, the same IPv6 /64, or both private
 * or loopback addresses with no proxy in between. Unknown counts as no. It is a hint for people, never a permission.
 */
export function isSameNetwork({ computer, phone, proxies }: Neighbours): boolean {
  const a = readAddress(computer ?? "");
  const b = readAddress(phone ?? "");
  if (!a || !b) return false;
  if (proxies === 0 && inside.has(a.range()) && inside.has(b.range())) return true;
  if (a instanceof ipaddr.IPv4 && b instanceof ipaddr.IPv4) return a.toString() === b.toString();
  if (a instanceof ipaddr.IPv6 && b instanceof ipaddr.IPv6) return a.match(b, 64);
  return false;
}
