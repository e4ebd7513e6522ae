"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { trpc } from "../../../client/react/trpc";
import { BusyButton, Button } from "../../components/button";
import { focusFirstBadField } from "../../components/focus-field";
import { TextField } from "../../components/text-field";
import { refusalOf } from "../../lib/refusal-of";
import { useStepUp } from "../step-up/use-step-up";
import styles from "./display-name.module.css";
import type { Report } from "./report";

interface DisplayNameProps {
  name: string;
  onReport: (report: Report) => void;
}

/** The name that people are greeted by: a button and, in its place, the form that changes it. Escape takes it back. */
export function DisplayName({ name, onReport }: DisplayNameProps) {
  const t = useTranslations("home");
  const [isOpen, setIsOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen) box.current?.querySelector("button")?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return (
    <div ref={box} className={styles.box}>
      {isOpen ? (
        <NameForm name={name} onReport={onReport} onClose={() => setIsOpen(false)} />
      ) : (
        <Button look="plain" onClick={() => setIsOpen(true)}>
          {t("changeName")}
        </Button>
      )}
    </div>
  );
}

function NameForm({ name, onReport, onClose }: DisplayNameProps & { onClose: () => void }) {
  const t = useTranslations("home");
  const form = useRef<HTMLFormElement>(null);
  const { change, isBusy, isRefused } = useNameChange({ onReport, onChanged: onClose });
  useEffect(() => form.current?.querySelector("input")?.select(), []);
  useEffect(() => {
    if (form.current && isRefused) focusFirstBadField(form.current);
  }, [isRefused]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!isBusy) change(String(new FormData(event.currentTarget).get("displayName") ?? ""));
  }
  const takeBack = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !isBusy) onClose();
  };
  return (
    <form
      ref={form}
      className={styles.form}
      method="post"
      noValidate
      aria-label={t("changeName")}
      onSubmit={submit}
      onKeyDown={takeBack}
    >
      <TextField
        id="display-name"
        name="displayName"
        label={t("displayName")}
        autoComplete="name"
        maxLength={100}
        defaultValue={name}
        error={isRefused ? t("nameRefused") : null}
      />
      <div className={styles.actions}>
        <BusyButton type="submit" look="primary" busy={isBusy} busyLabel={t("nameSaving")}>
          {t("nameSave")}
        </BusyButton>
        <Button onClick={onClose}>{t("nameCancel")}</Button>
      </div>
    </form>
  );
}

function useNameChange({
  onReport,
  onChanged,
}: {
  onReport: (report: Report) => void;
  onChanged: () => void;
}) {
  const utils = trpc.useUtils();
  const askForPassword = useStepUp();
  const rename = trpc.user.setDisplayName.useMutation({
    onSuccess: (me) => {
      utils.auth.me.setData(undefined, me);
      onReport({ tone: "calm", words: (said) => said("home.nameChanged") });
      onChanged();
    },
    onError: (error, input) => {
      if (isAboutTheName(error) || askForPassword(error, () => rename.mutate(input))) return;
      onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    },
  });
  return {
    change: (name: string) => rename.mutate({ display_name: name }),
    isBusy: rename.isPending,
    isRefused: rename.isError && isAboutTheName(rename.error),
  };
}

function isAboutTheName(error: unknown): boolean {
  return refusalOf(error).reason === "invalid_request";
}
