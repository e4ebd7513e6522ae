"use client";

import { useTranslations } from "next-intl";
import type { NoAnswer } from "../lib/no-answer";
import type { Wait } from "../lib/wait";
import { Button } from "./button";
import { useNoAnswerText } from "./no-answer-text";
import { PageTitle } from "./page-title";
import { StatusLine } from "./status-line";

/** While the service is asked what a link is good for. */
export function LinkChecking({ title, text }: { title: string; text: string }) {
  return (
    <>
      <PageTitle title={title} />
      <StatusLine tone="calm">{text}</StatusLine>
    </>
  );
}

interface LinkUncheckedProps {
  title: string;
  fault: Wait | NoAnswer;
  onRetry: () => void;
}

/** The service did not say what the link is good for. */
export function LinkUnchecked({ title, fault, onRetry }: LinkUncheckedProps) {
  const t = useTranslations("connection");
  const noAnswerText = useNoAnswerText();
  return (
    <>
      <PageTitle title={title} />
      <StatusLine tone="error">{noAnswerText(fault)}</StatusLine>
      <Button width="full" onClick={onRetry}>
        {t("retry")}
      </Button>
    </>
  );
}
