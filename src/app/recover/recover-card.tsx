"use client";

import { useTranslations } from "next-intl";
import { useCallback, useEffect, useState } from "react";
import { ButtonLink } from "../components/button";
import { FocusedTitle } from "../components/focused-title";
import { LinkChecking, LinkUnchecked } from "../components/link-check";
import { useLinkSecret } from "../lib/link-secret";
import type { NoAnswer } from "../lib/no-answer";
import type { Wait } from "../lib/wait";
import { ByMail } from "./by-mail";
import { RecoverForm } from "./recover-form";
import { type CheckOutcome, type CompleteOutcome, checkLink, completeRecovery } from "./recovery-calls";

type View =
  | { readonly status: "checking" }
  | { readonly status: "fault"; readonly fault: Wait | NoAnswer }
  | { readonly status: "form"; readonly username: string; readonly outcome: CompleteOutcome | null }
  | { readonly status: "by_mail" | "missing" | "dead" | "maybe" | "done" };

interface RecoverCardProps {
  minLength: number;
  /** Whether a code can be mailed to whoever comes without a link. */
  sendsMail: boolean;
}

/** Sets a new password: by a recovery link, or by a code that is mailed; or says why this link cannot. */
export function RecoverCard({ minLength, sendsMail }: RecoverCardProps) {
  const t = useTranslations("recover");
  const ofLink = useLinkSecret();
  const [ofMail, setOfMail] = useState<string | null>(null);
  const secret = ofMail ?? ofLink;
  const [view, setView] = useState<View>({ status: "checking" });
  const [isBusy, setIsBusy] = useState(false);
  /** Whether it was sent and nothing was heard of it: the password may be set then, and the link dead for that. */
  const [isUnheard, setIsUnheard] = useState(false);
  const look = useCallback(async () => {
    if (secret === undefined) return;
    if (secret === null) return setView({ status: sendsMail ? "by_mail" : "missing" });
    setView({ status: "checking" });
    setView(viewOf(await checkLink(secret)));
  }, [secret, sendsMail]);
  useEffect(() => void look(), [look]);

  async function submit(username: string, password: string) {
    if (!secret) return;
    setIsBusy(true);
    const outcome = await completeRecovery(secret, password);
    setIsBusy(false);
    if (outcome.status === "unavailable") setIsUnheard(true);
    if (outcome.status === "done") setView({ status: "done" });
    else if (outcome.status === "dead_link") setView({ status: isUnheard ? "maybe" : "dead" });
    else setView({ status: "form", username, outcome });
  }

  switch (view.status) {
    case "checking":
      return <LinkChecking title={t("title")} text={t("checking")} />;
    case "by_mail":
      return <ByMail onProven={setOfMail} />;
    case "fault":
      return <LinkUnchecked title={t("title")} fault={view.fault} onRetry={() => void look()} />;
    case "form":
      return (
        <RecoverForm
          minLength={minLength}
          username={view.username}
          isBusy={isBusy}
          outcome={view.outcome}
          onSubmit={(password) => void submit(view.username, password)}
        />
      );
    default:
      return <End key={view.status} kind={view.status} />;
  }
}

function viewOf(outcome: CheckOutcome): View {
  if (outcome.status === "good") return { status: "form", username: outcome.username, outcome: null };
  return outcome.status === "dead_link" ? { status: "dead" } : { status: "fault", fault: outcome };
}

const endTexts = {
  missing: ["missingTitle", "missing"],
  dead: ["deadTitle", "dead"],
  maybe: ["maybeTitle", "maybe"],
  done: ["doneTitle", "done"],
} as const;

function End({ kind }: { kind: keyof typeof endTexts }) {
  const t = useTranslations("recover");
  const [title, text] = endTexts[kind];
  return (
    <FocusedTitle title={t(title)} text={kind === "dead" ? `${t(text)} ${t("deadWay")}` : t(text)}>
      <ButtonLink look="primary" width="full" href="/sign-in">
        {t("toSignIn")}
      </ButtonLink>
    </FocusedTitle>
  );
}
