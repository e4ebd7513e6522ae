import ipaddr from "ipaddr.js";

/**
 * What a certificate made here may speak for: addresses that no one on the internet has (RFC 1918, 1122, 3927, 6598, 4291,
 * 4193), and names that no public resolver knows (RFC 6761, 6762, 8375; `internal` is set aside by ICANN).
 */
export const permittedRanges = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "100.64.0.0/10",
  "::1/128",
  "fc00::/7",
] as const;

export const permittedDomains = ["localhost", "local", "home.arpa", "internal"] as const;

/** Whether a certificate made here can serve the host of a URL, be it a name or an address. */
export function isPermittedHost(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (!ipaddr.isValid(host)) {
    return permittedDomains.some((domain) => host === domain || host.endsWith(`.${domain}`));
  }
  const address = ipaddr.parse(host);
  return permittedRanges.some((range) => {
    const [base, bits] = ipaddr.parseCIDR(range);
    return base.kind() === address.kind() && address.match(base, bits);
  });
}
