import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** How IPv4 callers look in an IPv6-only network (RFC 6052 section 2.1): all of them in one /64. */
const translatedIpv4 = ipaddr.IPv6.parse("64:ff9b::");

/**
 * Reads an address as programs write it (RFC 4291, and IPv4 in four decimal parts). A zone id is left out: it means
 * something on one machine only. IPv4 is returned as such also where it comes mapped or translated into IPv6.
 *
 * @returns undefined for everything else, short and octal IPv4 among it, which systems read differently
 */
export function readAddress(text: string): Address | undefined {
  const [bare = ""] = text.split("%", 1);
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  if (!ipaddr.IPv6.isValid(bare)) return undefined;
  const address = ipaddr.IPv6.parse(bare);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.match(translatedIpv4, 96)) return new ipaddr.IPv4(address.toByteArray().slice(12));
  return address;
}

/**
 * Reads one entry of X-Forwarded-For. Proxies write there what RFC 7239 section 6 calls a node: an address, perhaps with a
 * port, IPv6 then in brackets, perhaps in quotes. What takes the place of an address without being one (`unknown`, `_hidden`,
 * `unix:`) is none.
 *
 * @returns the address in its shortest form, without its port
 */
export function readForwardedAddress(entry: string): string | undefined {
  const node = entry
    .trim()
    .replace(/^"(.*)"$/, "$1")
    .trim();
  const bracketed = /^\[([^\]]*)\](?::[\w.-]+)?$/.exec(node)?.[1];
  const beforePort = /^([\d.]+):[\w.-]+$/.exec(node)?.[1];
  return readAddress(bracketed ?? beforePort ?? node)?.toString();
}

const insideRanges: ReadonlySet<string> = new Set([
  "private",
  "loopback",
  "linkLocal",
  "uniqueLocal",
  "carrierGradeNat",
  "unspecified",
]);

/**
 * Whether the address is one that nobody has on the internet: private, loopback, of one link, or of a provider's own
 * network (RFC 6598), which container networks and VPNs use too.
 */
export function isInsideAddress(address: string): boolean {
  return insideRanges.has(readAddress(address)?.range() ?? "");
}
