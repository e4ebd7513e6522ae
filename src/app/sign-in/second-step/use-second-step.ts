"use client";

import { useState } from "react";
import type { DeletionPending } from "../../../client/session/deletion";
import type { SecondFactorAnswer, SecondFactorRequired } from "../../../client/session/second-factor";
import type { SecondFactorKind } from "../../../contract/second-factor";
import { createPasskeyBrowser } from "../../lib/passkey-browser";
import { type Fault, faultMessage, type SignInMessage, type SignInView } from "../sign-in-view";

/** The course of the second step, and what its form can do. */
export interface SecondStepCourse {
  readonly kind: SecondFactorKind;
  readonly phase: SignInView["phase"];
  readonly message: SignInMessage | null;
  /** Counts the answers that were wrong: after each the field is typed in anew. */
  readonly wrongCount: number;
  /** New recovery codes, once signed in. */
  readonly codes: readonly string[] | null;
  readonly choose: (kind: SecondFactorKind) => void;
  readonly answer: (code: string) => void;
  readonly askForPasskey: () => void;
  readonly tell: (fault: Fault | { readonly status: "expired" }) => void;
}

interface SecondStepEnds {
  readonly onSignedIn: () => void;
  /** It was right, and the account is going to be deleted. */
  readonly onPending: (pending: DeletionPending) => void;
  readonly onOver: () => void;
}

export function useSecondStep(
  asked: SecondFactorRequired,
  { onSignedIn, onPending, onOver }: SecondStepEnds,
): SecondStepCourse {
  const [kind, setKind] = useState<SecondFactorKind>(asked.kinds[0] ?? "totp");
  const [phase, setPhase] = useState<SignInView["phase"]>("ready");
  const [message, setMessage] = useState<SignInMessage | null>(null);
  const [wrongCount, setWrongCount] = useState(0);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [browser] = useState(createPasskeyBrowser);

  function settle(next: SignInMessage) {
    setMessage(next);
    setPhase("ready");
  }
  function tell(fault: Fault | { readonly status: "expired" }) {
    if (fault.status === "expired") return onOver();
    const { onLine: isOnline } = navigator;
    settle(faultMessage(fault, { nowInMs: Date.now(), isOnline, isSecure: window.isSecureContext }));
  }
  async function send(answer: SecondFactorAnswer) {
    setMessage(null);
    setPhase("signing_in");
    const outcome = await asked.answer(answer);
    if (outcome.status === "signed_in") {
      if (outcome.recoveryCodes) return setCodes(outcome.recoveryCodes);
      setPhase("signed_in");
      return onSignedIn();
    }
    if (outcome.status === "deletion_pending") return onPending(outcome);
    if (outcome.status !== "wrong") return tell(outcome);
    if (outcome.attemptsLeft === 0) return onOver();
    setWrongCount((count) => count + 1);
    const key = answer.kind === "passkey" ? "signIn.passkey.failed" : "secondFactor.wrong";
    settle({ status: "error", key });
  }
  async function askForPasskey() {
    if (phase !== "ready" || !asked.passkeyOptions) return;
    setMessage(null);
    setPhase("passkey");
    const signed = await browser.ask(asked.passkeyOptions, "dialog");
    if (signed.status === "signed") return send({ kind: "passkey", passkey: signed.passkey });
    const wasCancelled = signed.status === "cancelled";
    settle(
      wasCancelled
        ? { status: "calm", key: "signIn.passkey.cancelled" }
        : { status: "error", key: "signIn.passkey.failed" },
    );
  }
  return {
    ...{ kind, phase, message, wrongCount, codes, tell },
    choose: (next) => {
      setMessage(null);
      setKind(next);
    },
    answer: (code) => {
      if (phase === "ready" && kind !== "passkey") void send({ kind, code });
    },
    askForPasskey: () => void askForPasskey(),
  };
}
