import type { Environment } from "../settings/environment";

/** A secret comes after `#`: it is in no log and no Referer, and leaves the address bar as the page opens. */
export function recoveryLinkOf({ appUrl }: Pick<Environment, "appUrl">, resetToken: string): string {
  return `${appUrl.origin}/recover#${resetToken}`;
}

/** The code is behind the hash: no server and no log on the way sees it, and opening the link changes nothing. */
export function invitationLink(appUrl: URL, code: string): string {
  return `${appUrl.origin}/join#${code}`;
}
