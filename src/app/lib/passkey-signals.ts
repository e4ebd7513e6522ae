"use client";

export function hasPasskeys(): boolean {
  return typeof window !== "undefined" && typeof window.PublicKeyCredential === "function";
}

interface Facts {
  readonly signalUnknownCredential: { rpId: string; credentialId: string };
  readonly signalAllAcceptedCredentials: {
    rpId: string;
    userId: string;
    allAcceptedCredentialIds: readonly string[];
  };
  readonly signalCurrentUserDetails: { rpId: string; userId: string; name: string; displayName: string };
}

/**
 * Keeps what the browser offers true (WebAuthn Level 3, section 5.1.10). Nothing comes back, and a browser that does not know
 * such signals gets none.
 */
export function signal<Name extends keyof Facts>(name: Name, facts: Facts[Name]): void {
  if (!hasPasskeys()) return;
  const method: unknown = Reflect.get(PublicKeyCredential, name);
  if (typeof method !== "function") return;
  void Promise.resolve(Reflect.apply(method, PublicKeyCredential, [facts])).catch(() => {});
}
