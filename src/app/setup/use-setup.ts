"use client";

import { useEffect, useState } from "react";
import { loadPicture, solve } from "../lib/captcha-tools";
import { lazyAuth } from "../lib/lazy-auth";
import { createPasskeyBrowser } from "../lib/passkey-browser";
import { SignInFlow } from "../sign-in/sign-in-flow";
import { createOwner, type NewOwner, readSetupStatus, type SetupOutcome } from "./setup-service";

export type SetupView =
  | {
      readonly status: "form";
      readonly refusal: Exclude<SetupOutcome, { status: "created" | "refused_link" }> | null;
    }
  | { readonly status: "creating" }
  | { readonly status: "signing_in" }
  /** The account is there, but signing in did not work by itself. */
  | { readonly status: "created" }
  | { readonly status: "dead_link" }
  | { readonly status: "closed" };

/** Makes the owner's account and signs in with what was just typed. */
export function useSetup(): { view: SetupView; submit: (owner: NewOwner) => Promise<void> } {
  const [view, setView] = useState<SetupView>({ status: "form", refusal: null });

  async function submit(owner: NewOwner) {
    setView({ status: "creating" });
    const outcome = await createOwner(owner);
    switch (outcome.status) {
      case "created":
        setView({ status: "signing_in" });
        await signIn(owner);
        setView({ status: "created" });
        return;
      case "refused_link":
        setView({ status: (await readSetupStatus()).status === "closed" ? "closed" : "dead_link" });
        return;
      default:
        setView({ status: "form", refusal: outcome });
    }
  }

  return { view, submit };
}

/** Resolves only when it did not work: else the page is left before. */
async function signIn({ username, password }: NewOwner): Promise<void> {
  await new Promise<void>((resolve) => {
    const flow = new SignInFlow({
      auth: lazyAuth,
      loadPicture,
      solve,
      passkeys: createPasskeyBrowser(),
      now: Date.now,
      isOnline: () => navigator.onLine,
      isSecure: () => window.isSecureContext,
      onSignedIn: () => window.location.replace("/"),
    });
    void flow.submit({ username, password, characters: "" }).then(() => {
      if (flow.getView().phase !== "signed_in") resolve();
      flow.close();
    });
  });
}

/** What address the server sees this browser at; undefined until it has said so. */
export function useSeenAddress(): string | null | undefined {
  const [address, setAddress] = useState<string | null>();
  useEffect(() => {
    let isGone = false;
    void readSetupStatus().then((answer) => {
      if (!isGone) setAddress(answer.status === "open" ? answer.clientAddress : null);
    });
    return () => {
      isGone = true;
    };
  }, []);
  return address;
}
