/** Authentication context classes of Countersign, the weakest first. As the issuer has them; this package imports nothing of it. */
const classes = ["sfa", "mfa", "phr"] as const;

/**
 * How well a user was authenticated: by one factor, by two, or by a passkey that verified its user, which no phishing page
 * can use.
 */
export type Acr = (typeof classes)[number];

/** How well, and how recently, a user has to have been authenticated (RFC 9470). */
export interface RequiredAuthentication {
  /** One of these, or a stronger one, is enough. Left out, any is. */
  readonly acrValues?: readonly Acr[];
  /** Seconds since the user was last authenticated. Renewing tokens does not count, a step-up does. Left out, any is enough. */
  readonly maxAgeInSeconds?: number;
}

export function isAcr(value: unknown): value is Acr {
  return classes.some((one) => one === value);
}

export function isAtLeast(acr: Acr | null, wanted: Acr): boolean {
  return acr !== null && classes.indexOf(acr) >= classes.indexOf(wanted);
}
