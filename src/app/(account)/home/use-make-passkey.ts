"use client";

import { useState } from "react";
import { trpc } from "../../../client/react/trpc";
import { makePasskey } from "../../lib/make-passkey";
import { useStepUp } from "../step-up/use-step-up";
import type { Report } from "./report";

/** Makes a passkey for the account: options of the service, the browser's own dialog, and the service again. */
export function useMakePasskey(onReport: (report: Report) => void, onMade: () => void = () => {}) {
  const utils = trpc.useUtils();
  const askForPassword = useStepUp();
  const [isBusy, setIsBusy] = useState(false);
  const options = trpc.passkeys.options.useMutation();
  const add = trpc.passkeys.add.useMutation();
  async function make(): Promise<void> {
    setIsBusy(true);
    try {
      const made = await makePasskey((await options.mutateAsync()).options);
      if (made.status !== "made") return onReport({ tone: made.tone, words: (said) => said(made.key) });
      const { name } = await add.mutateAsync({ credential: made.credential });
      await utils.passkeys.invalidate();
      onReport({ tone: "calm", words: (said) => said("passkeys.made", { name }) });
      onMade();
    } catch (error) {
      if (askForPassword(error, () => void make())) return;
      onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    } finally {
      setIsBusy(false);
    }
  }
  return { make: () => void make(), isBusy };
}
