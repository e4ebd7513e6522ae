import { addressKeys, SITE_SHARES } from "../rate-limits";

/** So many codes may be live at once. */
export interface LiveShare {
  /** What the codes are counted by. */
  readonly key: string;
  readonly max: number;
  /** The IPv6 /48 beside it: what the keys of its addresses begin with. */
  readonly site: { readonly prefix: string; readonly max: number } | null;
}

/** An address's; where that is not known, the key's; where there is neither, none. */
export function liveShareOf(
  computer: { readonly address: string | null; readonly keyThumbprint: string | null },
  max: number,
): LiveShare {
  const keys = addressKeys(computer.address);
  if (keys) {
    const site = keys.site === null ? null : { prefix: keys.site, max: max * SITE_SHARES };
    return { key: keys.own, max, site };
  }
  if (computer.keyThumbprint !== null) return liveShareOfDevice(computer.keyThumbprint, max);
  return { key: "unknown", max: Number.MAX_SAFE_INTEGER, site: null };
}

/** A known device's own, as large as an address's. */
export function liveShareOfDevice(keyThumbprint: string, max: number): LiveShare {
  return { key: `device ${keyThumbprint}`, max, site: null };
}
