import ipaddr from "ipaddr.js";
import { readAddress } from "../addresses";

/** By what one address is counted. */
export interface AddressKeys {
  /** An IPv4 address by itself, an IPv6 address by its /64: a caller who has one address of that has them all. */
  readonly own: string;
  /** The /48 of an IPv6 address, as what the `own` of all in it begins with; null for IPv4. */
  readonly site: string | null;
}

/**
 * How many times the share of a /64 a whole /48 has. A /48 is what a provider gives to one customer at most (RFC 6177,
 * RIPE-690), and it holds 65,536 /64s: counted by these alone, one customer would have as many shares. Yet a /48 may also
 * be a campus, or the phones of a town, one /64 each. Sixteen shares are more than an office behind one IPv4 address has,
 * and cost a guesser no more than sixteen IPv4 addresses would.
 */
export const SITE_SHARES = 16;

/** @returns null when the address is not known: nobody shares a count with strangers for that */
export function addressKeys(address: string | null): AddressKeys | null {
  const read = readAddress(address ?? "");
  if (!read) return null;
  if (!(read instanceof ipaddr.IPv6)) return { own: read.toString(), site: null };
  const site = `${read.parts.slice(0, 3).join(":")}:`;
  return { own: `${site}${read.parts[3]}/64`, site };
}
