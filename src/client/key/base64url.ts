/** RFC 4648 section 5, without padding. */
export function base64url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The UTF-8 bytes of a text, base64url. */
export function base64urlText(text: string): string {
  return base64url(new TextEncoder().encode(text));
}
