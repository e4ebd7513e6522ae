import Bowser from "bowser";

/** What a device says of itself. Shown to its owner, never believed. */
export interface DeviceDescription {
  readonly browser: string | null;
  readonly os: string | null;
}

const MAX_LENGTH = 60;

/** Reads a User-Agent header into the few words a person recognises, such as "Firefox 131" on "Windows". */
export function describeDevice(userAgent: string | null): DeviceDescription {
  if (!userAgent) return { browser: null, os: null };
  try {
    const parsed = Bowser.parse(userAgent.slice(0, 512));
    const major = parsed.browser.version?.split(".")[0];
    return {
      browser:
        clean(parsed.browser.name && major ? `${parsed.browser.name} ${major}` : parsed.browser.name) ??
        firstProduct(userAgent),
      os: clean(parsed.os.name),
    };
  } catch {
    return { browser: null, os: null };
  }
}

/** Programs name themselves in the first product token (RFC 9110 section 10.1.5). */
function firstProduct(userAgent: string): string | null {
  return clean(userAgent.split(/[\s(]/)[0]?.replace("/", " "));
}

function clean(text: string | undefined): string | null {
  const visible = text
    ?.replace(/[^\p{L}\p{N} ._-]/gu, "")
    .trim()
    .slice(0, MAX_LENGTH);
  return visible ? visible : null;
}

/** An account as it was when its password was checked. */
interface CheckedAccount {
  readonly id: string;
  readonly passwordChangedAt: Date;
}

/** So many of an account's keys are known at once: each has a count of wrong passwords of its own. */
export const MAX_KNOWN_DEVICES = 50;

export interface KnownDeviceStore {
  /**
   * Remembers that this key has signed in to the account; not when it has another password by now, or is closed. Of more
   * than {@link MAX_KNOWN_DEVICES} those that have not signed in for longest are forgotten.
   */
  remember(account: CheckedAccount, keyThumbprint: string, now: Date): Promise<void>;
  /** Makes one of the account's keys a stranger. */
  forget(userId: string, keyThumbprint: string): Promise<void>;
  /** Forgets the account's keys, but for one. */
  forgetAllOf(userId: string, exceptKeyThumbprint: string | null): Promise<void>;
  /** @returns the thumbprints of the account's keys */
  listOf(userId: string): Promise<string[]>;
  /** Whether the key has signed in to this account. */
  isKnownTo(userId: string, keyThumbprint: string): Promise<boolean>;
  /** Whether the key has signed in to any account. */
  isKnown(keyThumbprint: string): Promise<boolean>;
  /** Forgets those whose last sign-in was before. */
  deleteIdleSince(before: Date): Promise<number>;
}

/** After the last sign-in. */
const KEPT_IN_MS = 400 * 86_400_000;

/** Makes strangers of the keys that have not signed in for a while. @returns how many */
export function sweepKnownDevices(store: KnownDeviceStore, now: Date): Promise<number> {
  return store.deleteIdleSince(new Date(now.getTime() - KEPT_IN_MS));
}
