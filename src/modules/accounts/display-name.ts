import { DomainError } from "../domain-error";
import { readShownName } from "../shown-name";

/**
 * @returns the name as it is kept
 * @throws DomainError `invalid_request`
 */
export function checkDisplayName(name: string): string {
  const shown = readShownName(name, 100);
  if (shown !== undefined) return shown;
  throw new DomainError("invalid_request", {
    field: "display_name",
    message: "A display name has 1 to 100 visible characters.",
  });
}
