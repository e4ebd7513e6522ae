"use client";

import { useLocale, useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "../components/button";
import { focusFirstBadField } from "../components/focus-field";
import formStyles from "../components/form.module.css";
import { useNoAnswerText } from "../components/no-answer-text";
import { PageTitle } from "../components/page-title";
import { SubmitRow } from "../components/submit-row";
import { TextField } from "../components/text-field";
import { useTitle } from "../components/use-title";
import { type AskOutcome, askForCode, type VerifyOutcome, verifyCode } from "./mail-calls";
import { MailCodeField } from "./mail-code-field";

type Failed = Exclude<AskOutcome, { status: "asked" }> | Exclude<VerifyOutcome, { status: "right" }>;

interface ByMailProps {
  onProven: (resetToken: string) => void;
}

/** For somebody who has forgotten the password: who they are, and then the code that is mailed. */
export function ByMail({ onProven }: ByMailProps) {
  const [recoveryId, setRecoveryId] = useState<string | null>(null);
  return recoveryId === null ? (
    <AskForm onAsked={setRecoveryId} />
  ) : (
    <MailedCodeForm recoveryId={recoveryId} onProven={onProven} onAgain={() => setRecoveryId(null)} />
  );
}

function AskForm({ onAsked }: { onAsked: (recoveryId: string) => void }) {
  const t = useTranslations();
  const locale = useLocale();
  const { form, fault, message, isBusy, submit } = useStep("identifier", async (identifier) => {
    const outcome = await askForCode(identifier, locale);
    if (outcome.status !== "asked") return outcome;
    onAsked(outcome.recoveryId);
    return null;
  });
  useTitle(t("recover.askTitle"));
  return (
    <>
      <PageTitle title={t("recover.askTitle")}>{t("recover.askLead")}</PageTitle>
      <form ref={form} className={formStyles.form} method="post" noValidate onSubmit={submit}>
        <TextField
          id="identifier"
          name="identifier"
          label={t("recover.identifier")}
          autoComplete="username"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          maxLength={256}
          required
          error={fault === "missing" ? t("recover.identifierMissing") : null}
        />
        <SubmitRow
          message={message}
          label={t("recover.askSubmit")}
          isBusy={isBusy}
          busyLabel={t("recover.askSending")}
        />
      </form>
    </>
  );
}

interface MailedCodeFormProps extends ByMailProps {
  recoveryId: string;
  onAgain: () => void;
}

function MailedCodeForm({ recoveryId, onProven, onAgain }: MailedCodeFormProps) {
  const t = useTranslations();
  const { form, fault, message, isBusy, submit } = useStep("code", async (code) => {
    const outcome = await verifyCode(recoveryId, code);
    if (outcome.status !== "right") return outcome;
    onProven(outcome.resetToken);
    return null;
  });
  const errors = { missing: t("recover.codeMissing"), wrong: t("recover.codeWrong") };
  const error = fault === "missing" ? errors.missing : fault?.status === "wrong" ? errors.wrong : null;
  useTitle(t("recover.codeTitle"));
  return (
    <>
      <PageTitle title={t("recover.codeTitle")}>{t("recover.codeLead")}</PageTitle>
      <form ref={form} className={formStyles.form} method="post" noValidate onSubmit={submit}>
        <MailCodeField id="mail-code" error={error} />
        <SubmitRow
          message={message}
          label={t("recover.codeSubmit")}
          isBusy={isBusy}
          busyLabel={t("recover.codeChecking")}
        >
          <Button width="full" onClick={onAgain}>
            {t("recover.askAgain")}
          </Button>
        </SubmitRow>
      </form>
    </>
  );
}

/** One field and what is done with it. The field has the focus: at the beginning, and after each refusal. */
function useStep(name: string, run: (value: string) => Promise<Failed | null>) {
  const form = useRef<HTMLFormElement>(null);
  const [fault, setFault] = useState<Failed | "missing" | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const noAnswerText = useNoAnswerText();
  const isAtField = fault === null || fault === "missing" || fault.status === "wrong";
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  useEffect(() => {
    if (fault !== null && form.current) focusFirstBadField(form.current);
  }, [fault]);
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const value = String(new FormData(event.currentTarget).get(name) ?? "").trim();
    if (isBusy) return;
    if (value === "") return setFault("missing");
    setIsBusy(true);
    setFault(await run(value));
    setIsBusy(false);
  }
  return { form, fault, message: isAtField ? null : noAnswerText(fault), isBusy, submit };
}
