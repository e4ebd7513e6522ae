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
  /** Whether it was sent and nothing was heard of it: the account that exists by then may be the one that was asked for. */
  const [isUnheard, setIsUnheard] = useState(false);

  async function submit(owner: NewOwner) {
    setView({ status: "creating" });
    const outcome = await createOwner(owner);
    switch (outcome.status) {
      case "created":
        setView({ status: "signing_in" });
        await signIn(owner);
        setView({ status: "created" });
        return;
      case "refused_link": {
        const isClosed = (await readSetupStatus()).status === "closed";
        if (isClosed && isUnheard) {
          setView({ status: "signing_in" });
          await signIn(owner);
        }
        setView({ status: isClosed ? "closed" : "dead_link" });
        return;
      }
      default:
        if (outcome.status === "unavailable") setIsUnheard(true);
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
