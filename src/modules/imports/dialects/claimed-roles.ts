import { type Fields, namesOf } from "../fields";

/** Roles in free claims: `role`, `roles`, and what is simply true. */
export function claimedRoles(claims: Fields): string[] {
  const isTrue = Object.keys(claims).filter((name) => claims[name] === true);
  const named = ["role", "roles"].flatMap((name) =>
    typeof claims[name] === "string" || Array.isArray(claims[name]) ? namesOf(claims, name) : [],
  );
  return [...new Set([...named, ...isTrue])];
}
