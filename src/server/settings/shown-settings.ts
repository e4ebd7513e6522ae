import type { environmentShape } from "./environment";

type Name = keyof typeof environmentShape.shape;

/** A setting as it may be shown. */
export interface ShownSetting {
  readonly name: string;
  /** Of what is secret, or may hold a password, only whether it is set. */
  readonly value: string;
  readonly isDefault: boolean;
}

/** DANGER: what is in here is never shown. A new setting that may hold a secret belongs here. */
const secret: ReadonlySet<Name> = new Set(["SECRETS", "SMTP_URL", "DATABASE_URL"]);

/**
 * What is in force, by the names of the settings.
 *
 * @param given what was set, @param values with the defaults of the others
 */
export function shownSettings(
  given: Readonly<Record<string, string | undefined>>,
  values: Readonly<Partial<Record<Name, unknown>>>,
): readonly ShownSetting[] {
  return (Object.keys(values) as Name[]).sort().map((name) => ({
    name,
    value: secret.has(name) ? "(set)" : textOf(values[name]),
    isDefault: given[name] === undefined,
  }));
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
