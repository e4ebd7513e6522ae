"use client";

import { useTranslations } from "next-intl";
import { useCallback, useEffect, useRef, useState } from "react";
import { Button, ButtonLink } from "../components/button";
import { PageTitle } from "../components/page-title";
import { StatusLine } from "../components/status-line";
import { useTitle } from "../components/use-title";
import { takeLinkSecret, watchForNewerLink } from "../lib/link-secret";
import { noAnswerKey } from "../lib/no-answer";
import { ByMail } from "./by-mail";
import { RecoverForm } from "./recover-form";
import { type CheckOutcome, type CompleteOutcome, checkLink, completeRecovery } from "./recovery-calls";

type Fault = Exclude<CheckOutcome, { status: "good" | "dead_link" }>;
type View =
  | { readonly status: "checking" }
  | { readonly status: "fault"; readonly fault: Fault }
  | { readonly status: "form"; readonly username: string; readonly outcome: CompleteOutcome | null }
  | { readonly status: "by_mail" | "missing" | "dead" | "done" };

interface RecoverCardProps {
  minLength: number;
  /** Whether a code can be mailed to whoever comes without a link. */
  sendsMail: boolean;
}

/** Sets a new password: by a recovery link, or by a code that is mailed; or says why this link cannot. */
export function RecoverCard({ minLength, sendsMail }: RecoverCardProps) {
  const [secret, setSecret] = useState<string | null>();
  const [view, setView] = useState<View>({ status: "checking" });
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => setSecret(takeLinkSecret()), []);
  useEffect(watchForNewerLink, []);
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
    if (outcome.status === "done") setView({ status: "done" });
    else if (outcome.status === "dead_link") setView({ status: "dead" });
    else setView({ status: "form", username, outcome });
  }

  switch (view.status) {
    case "checking":
      return <Checking />;
    case "by_mail":
      return <ByMail onProven={setSecret} />;
    case "fault":
      return <Faulty fault={view.fault} onRetry={() => void look()} />;
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

function Checking() {
  const t = useTranslations("recover");
  return (
    <>
      <PageTitle title={t("title")} />
      <StatusLine tone="calm">{t("checking")}</StatusLine>
    </>
  );
}

function Faulty({ fault, onRetry }: { fault: Fault; onRetry: () => void }) {
  const t = useTranslations();
  const text =
    fault.status === "wait"
      ? t("connection.wait", { n: Math.ceil(fault.seconds / 60) })
      : t(noAnswerKey(fault.cause, navigator.onLine));
  return (
    <>
      <PageTitle title={t("recover.title")} />
      <StatusLine tone="error">{text}</StatusLine>
      <Button width="full" onClick={onRetry}>
        {t("connection.retry")}
      </Button>
    </>
  );
}

const endTexts = {
  missing: ["missingTitle", "missing"],
  dead: ["deadTitle", "dead"],
  done: ["doneTitle", "done"],
} as const;

/** What takes the place of the form takes the focus that the form had, so that it is read out. */
function End({ kind }: { kind: keyof typeof endTexts }) {
  const t = useTranslations("recover");
  const box = useRef<HTMLDivElement>(null);
  const [title, text] = endTexts[kind];
  useTitle(t(title));
  useEffect(() => box.current?.querySelector("h1")?.focus(), []);
  return (
    <div ref={box}>
      <PageTitle title={t(title)}>{kind === "dead" ? `${t(text)} ${t("deadWay")}` : t(text)}</PageTitle>
      <ButtonLink look="primary" width="full" href="/sign-in">
        {t("toSignIn")}
      </ButtonLink>
    </div>
  );
}
