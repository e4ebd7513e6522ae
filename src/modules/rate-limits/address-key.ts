import ipaddr from "ipaddr.js";

/**
 * By what an address is counted: an IPv4 address by itself, an IPv6 address by its /64, because whoever has one address
 * of that has them all. Addresses that are not known count together.
 */
export function addressKey(address: string | null): string {
  if (address === null || !ipaddr.isValid(address)) return "unknown";
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? `${parsed.parts.slice(0, 4).join(":")}/64` : parsed.toString();
}
