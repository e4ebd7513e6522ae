export interface RequestCookie {
  readonly name: string;
  readonly value: string;
  /** As it is in the header. */
  readonly text: string;
}

/** All cookies of a request, in their order: one name may be there several times, from other paths and domains of the host. */
export function readCookies(request: { readonly headers: Pick<Headers, "get"> }): RequestCookie[] {
  const header = request.headers.get("cookie") ?? "";
  return header
    .split(";")
    .map((part) => part.trim())
    .filter((text) => text !== "")
    .map((text) => {
      const end = text.indexOf("=");
      // One without a name is all value (RFC 6265bis section 5.6).
      const name = end < 0 ? "" : text.slice(0, end).trim();
      return { name, value: text.slice(end + 1).trim(), text };
    });
}
