/** How long the policy finds a password: in characters (code points) after NFKC, as NIST SP 800-63B-4 counts. */
export function passwordLength(password: string): number {
  return [...password.normalize("NFKC")].length;
}
