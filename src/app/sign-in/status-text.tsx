"use client";

import { useTranslations } from "next-intl";
import { useSecondsLeft } from "../components/clock";
import { StatusLine } from "../components/status-line";
import { useAfter } from "../components/use-after";
import { VisuallyHidden } from "../components/visually-hidden";
import type { SignInView } from "./sign-in-view";

/** What the sign-in page says, in its one status line. */
export function SignInStatus({ id, view }: { id: string; view: Pick<SignInView, "message" | "phase"> }) {
  const { message, phase } = view;
  const isError = message !== null && message.status !== "calm";
  return (
    <StatusLine id={id} tone={isError ? "error" : "calm"}>
      {phase === "ready" ? <MessageText message={message} /> : <BusyText key={phase} phase={phase} />}
    </StatusLine>
  );
}

function MessageText({ message }: { message: SignInView["message"] }) {
  const t = useTranslations();
  if (message === null) return null;
  return message.status === "wait" ? (
    <WaitText untilInMs={message.untilInMs} />
  ) : (
    <span>{t(message.key)}</span>
  );
}

function BusyText({ phase }: { phase: Exclude<SignInView["phase"], "ready"> }) {
  const t = useTranslations();
  const isSlow = useAfter(true);
  // The button shows this already; only a screen reader has to say it.
  // Nor is a person slow who looks for a key.
  if (!isSlow || phase === "passkey") return <VisuallyHidden>{t(busyLabels[phase])}</VisuallyHidden>;
  return <span>{t("connection.slow")}</span>;
}

const busyLabels = {
  checking: "signIn.checking",
  passkey: "signIn.passkey.asking",
  signing_in: "signIn.signingIn",
  signed_in: "signIn.done",
} as const;

/** What the button of the password says meanwhile: the passkey has a button that says it. */
export const submitLabels = { ...busyLabels, passkey: "signIn.submit" } as const;

function WaitText({ untilInMs }: { untilInMs: number }) {
  const t = useTranslations();
  const minutes = Math.ceil((useSecondsLeft(untilInMs) ?? 0) / 60);
  return <span>{minutes > 0 ? t("connection.wait", { n: minutes }) : t("signIn.tryNow")}</span>;
}
