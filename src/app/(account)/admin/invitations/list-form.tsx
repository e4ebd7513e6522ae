"use client";

import { useLocale, useTranslations } from "next-intl";
import { type FormEvent, useRef, useState } from "react";
import { trpc } from "../../../../client/react/trpc";
import type { InviteListOutput } from "../../../../contract/invitation-lists";
import { BusyButton, Button } from "../../../components/button";
import { classes } from "../../../components/classes";
import fieldStyles from "../../../components/field.module.css";
import formStyles from "../../../components/form.module.css";
import { StatusLine } from "../../../components/status-line";
import { useHydrated } from "../../../components/use-hydrated";
import { refusalOf } from "../../../lib/refusal-of";
import { useStepUp } from "../../step-up/use-step-up";
import styles from "./list.module.css";
import { ListReport } from "./list-report";
import { textOfFile } from "./read-list-file";

interface ListFormProps {
  /** Invitations were made. */
  onInvited: () => void;
  onDone: () => void;
}

type Fault = "unreadable" | "failed" | "file";

/** A list of people: it is written or chosen, looked at, and then invited. */
export function ListForm({ onInvited, onDone }: ListFormProps) {
  const t = useTranslations("invitationList");
  const locale = useLocale();
  const ask = useStepUp();
  const isHydrated = useHydrated();
  const [list, setList] = useState("");
  const [seen, setSeen] = useState<InviteListOutput | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const invite = trpc.invitationLists.invite.useMutation({
    onSuccess: (report) => {
      setSeen(report);
      if (!report.dry_run) onInvited();
    },
    onError: (error, input) => {
      if (ask(error, () => invite.mutate(input))) return;
      const { reason, members } = refusalOf(error);
      const isUnreadable =
        reason === "payload_too_large" || (reason === "invalid_request" && "field" in members);
      setFault(isUnreadable ? "unreadable" : "failed");
      if (isUnreadable) field.current?.focus();
    },
  });
  const send = (isDryRun: boolean) => {
    setFault(null);
    invite.mutate({ list, locale, dry_run: isDryRun });
  };

  function preview(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!invite.isPending && list.trim() !== "") send(true);
  }

  /** Nothing waits for it: what the file holds appears in the field. */
  function take(file: File | undefined) {
    setFault(null);
    file
      ?.arrayBuffer()
      .then((bytes) => setList(textOfFile(bytes)))
      .catch(() => setFault("file"));
  }

  if (seen)
    return (
      <ListReport
        key={String(seen.dry_run)}
        report={seen}
        isBusy={invite.isPending}
        hasFailed={fault !== null}
        onInvite={() => send(false)}
        onChange={() => setSeen(null)}
        onDone={onDone}
      />
    );
  return (
    <form
      className={formStyles.form}
      method="post"
      aria-labelledby="list-title"
      noValidate
      onSubmit={preview}
    >
      <h2 id="list-title">{t("title")}</h2>
      <p>{t("lead")}</p>
      <div className={fieldStyles.field}>
        <label className={fieldStyles.label} htmlFor="list">
          {t("list")}
        </label>
        <textarea
          ref={field}
          id="list"
          className={classes(fieldStyles.input, styles.list)}
          rows={8}
          value={list}
          onChange={(event) => setList(event.target.value)}
          placeholder={"email,roles,locale\nada@example.com,admin,en\ngrace@example.com"}
          aria-describedby="list-hint"
          aria-invalid={fault === "unreadable" || undefined}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          translate="no"
        />
        <p id="list-hint" className={fieldStyles.hint}>
          {t("hint")}
        </p>
      </div>
      <div className={fieldStyles.field}>
        <label className={fieldStyles.label} htmlFor="list-file">
          {t("file")}
        </label>
        <input
          id="list-file"
          type="file"
          className={styles.file}
          accept=".csv,.txt,.tsv,text/csv,text/plain"
          onChange={(event) => take(event.target.files?.[0])}
        />
      </div>
      <StatusLine tone="error">{fault && t(`faults.${fault}`)}</StatusLine>
      <div className={formStyles.actions}>
        <BusyButton
          type="submit"
          look="primary"
          disabled={!isHydrated}
          busy={invite.isPending}
          busyLabel={t("previewing")}
        >
          {t("preview")}
        </BusyButton>
        <Button onClick={onDone}>{t("back")}</Button>
      </div>
      <p className={fieldStyles.hint}>
        <span>{t("command")}</span>
        <code className={styles.command} translate="no">
          {"npm run -s countersign -- invite --from people.csv"}
        </code>
      </p>
    </form>
  );
}
