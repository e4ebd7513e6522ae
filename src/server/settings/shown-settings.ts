/** A setting as it may be shown. */
export interface ShownSetting {
  readonly name: string;
  /** Of what is secret, may hold a password, or is a place on the machine, only whether it is set. */
  readonly value: string;
  readonly isDefault: boolean;
}

/** DANGER: what is in here is never shown. A new setting that may hold a secret, or a place on the machine, belongs here. */
const hidden: ReadonlySet<string> = new Set(["SECRETS", "SMTP_URL", "DATABASE_URL", "DATA_DIR"]);

/**
 * What is in force, by the names of the settings.
 *
 * @param given what was set, @param values with the defaults of the others
 */
export function shownSettings(
  given: Readonly<Record<string, string | undefined>>,
  values: Readonly<Record<string, unknown>>,
): readonly ShownSetting[] {
  return Object.keys(values)
    .sort()
    .map((name) => {
      const isDefault = given[name] === undefined;
      const shown = isDefault ? "(default)" : "(set)";
      return { name, value: hidden.has(name) ? shown : textOf(values[name]), isDefault };
    });
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
