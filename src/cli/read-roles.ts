import { type RoleName, roleName } from "../contract/schemas";
import { UsageError } from "./usage-error";

/** Role names with commas between, in our order. @throws UsageError */
export function readRoles(text = ""): RoleName[] {
  const names = new Set(text.split(",").map((name) => name.trim()));
  const roles = roleName.options.filter((role) => names.has(role));
  if (roles.length !== names.size) {
    throw new UsageError(`Which roles? One or more of ${roleName.options.join(", ")}, with commas between.`);
  }
  return roles;
}
