import type { Environment } from "../settings/environment";

/** A secret comes after `#`: it is in no log and no Referer, and leaves the address bar as the page opens. */
export function recoveryLinkOf({ appUrl }: Pick<Environment, "appUrl">, resetToken: string): string {
  return `${appUrl.origin}/recover#${resetToken}`;
}
