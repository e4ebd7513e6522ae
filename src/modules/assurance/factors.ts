import type { Acr, Amr } from "../../contract/assurance";

/** What a factor shows of the person. Two of different kinds are two factors, two of one kind are one. */
type Kind = "knowledge" | "possession" | "verification";

interface FactorRow {
  readonly amr: readonly Amr[];
  readonly shows: readonly Kind[];
  /** Whether a page that only looks like ours gets nothing that it could use. */
  readonly resistsPhishing?: true;
}

/**
 * The factors by the names that they are stored by. `hwk` is a key that its hardware keeps, `swk` one that can be copied, as
 * synced passkeys can; `+user` says that the key asked for the PIN or the finger of its user.
 *
 * An approval by another device shows nothing by itself: the approving user was authenticated there, and not here.
 */
const factorTable = {
  pwd: { amr: ["pwd"], shows: ["knowledge"] },
  otp: { amr: ["otp"], shows: ["possession"] },
  hwk: { amr: ["hwk"], shows: ["possession"] },
  swk: { amr: ["swk"], shows: ["possession"] },
  "hwk+user": { amr: ["hwk", "user"], shows: ["possession", "verification"], resistsPhishing: true },
  "swk+user": { amr: ["swk", "user"], shows: ["possession", "verification"], resistsPhishing: true },
  qr: { amr: ["qr"], shows: [] },
} as const satisfies Record<string, FactorRow>;

/** One way in which the user of a session was authenticated. */
export type Factor = keyof typeof factorTable;

/** What a session's tokens say of its authentication. */
export interface Assurance {
  readonly acr: Acr;
  readonly amr: readonly Amr[];
}

/** What these factors amount to. */
export function assuranceOf(factors: readonly Factor[]): Assurance {
  const rows = factors.map((factor): FactorRow => factorTable[factor]);
  const hasTwoFactors = new Set(rows.flatMap(({ shows }) => shows)).size > 1;
  const amr = new Set(rows.flatMap((row) => row.amr));
  if (hasTwoFactors) amr.add("mfa");
  return { acr: acrOf(rows, hasTwoFactors), amr: [...amr] };
}

function acrOf(rows: readonly FactorRow[], hasTwoFactors: boolean): Acr {
  if (rows.some(({ resistsPhishing }) => resistsPhishing)) return "phr";
  return hasTwoFactors ? "mfa" : "sfa";
}

/** As a row holds them. */
export function formatFactors(factors: readonly Factor[]): string {
  return factors.join(" ");
}

/** @throws Error for text that `formatFactors` does not make */
export function parseFactors(text: string): readonly Factor[] {
  const names = text.split(" ");
  if (!names.every(isFactor)) throw new Error(`not a list of factors: ${JSON.stringify(text)}`);
  return names;
}

function isFactor(name: string): name is Factor {
  return Object.hasOwn(factorTable, name);
}
