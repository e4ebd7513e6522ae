/** The code is behind the hash: no server and no log on the way sees it, and opening the link changes nothing. */
export function invitationLink(appUrl: URL, code: string): string {
  return `${appUrl.origin}/join#${code}`;
}
