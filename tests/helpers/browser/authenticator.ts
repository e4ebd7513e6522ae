import type { Page } from "playwright-core";

/** An authenticator of Chromium's own, for one tab: it knows nothing of us. */
export interface VirtualAuthenticator {
  /** Whether it answers at once, as if somebody touched it, or waits. */
  answer(isTouched: boolean): Promise<void>;
  /** Whether the PIN, the finger or the face is right. */
  verify(isRight: boolean): Promise<void>;
  keys(): Promise<readonly { readonly credentialId: string; readonly userDisplayName?: string }[]>;
  /** Pulls it out. */
  remove(): Promise<void>;
}

interface Kind {
  transport?: "internal" | "usb" | "hybrid";
  /** Whether it has a PIN, or a reader of fingers or faces, at all. */
  canVerify?: boolean;
}

export async function addAuthenticator(
  page: Page,
  { transport = "internal", canVerify = true }: Kind = {},
): Promise<VirtualAuthenticator> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: transport === "hybrid" ? "cable" : transport,
      hasResidentKey: true,
      hasUserVerification: canVerify,
      isUserVerified: canVerify,
      automaticPresenceSimulation: true,
    },
  });
  return {
    answer: async (enabled) => {
      await session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
    },
    verify: async (isUserVerified) => {
      await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
    },
    keys: async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    remove: async () => {
      await session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
    },
  };
}
