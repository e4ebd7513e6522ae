/** Where people can be brought over from. */
export const dialects = ["better-auth", "authjs", "keycloak", "firebase", "supabase", "csv"] as const;

export type Dialect = (typeof dialects)[number];

export function isDialect(text: string): text is Dialect {
  return dialects.some((dialect) => dialect === text);
}
