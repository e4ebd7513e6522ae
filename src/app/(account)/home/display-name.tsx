"use client";

import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { trpc } from "../../../client/react/trpc";
import { Button } from "../../components/button";
import { refusalOf } from "../../lib/refusal-of";
import { useStepUp } from "../step-up/use-step-up";
import styles from "./display-name.module.css";
import { NameForm } from "./name-form";
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
        <DisplayNameForm name={name} onReport={onReport} onClose={() => setIsOpen(false)} />
      ) : (
        <Button look="plain" onClick={() => setIsOpen(true)}>
          {t("changeName")}
        </Button>
      )}
    </div>
  );
}

function DisplayNameForm({ name, onReport, onClose }: DisplayNameProps & { onClose: () => void }) {
  const t = useTranslations("home");
  const { change, isBusy, isRefused } = useNameChange({ onReport, onChanged: onClose });
  return (
    <NameForm
      field={{ id: "display-name", label: t("displayName"), autoComplete: "name", maxLength: 100 }}
      label={t("changeName")}
      name={name}
      fault={isRefused ? t("nameRefused") : null}
      isBusy={isBusy}
      onSave={change}
      onClose={onClose}
    />
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
  const rename = trpc.user.change.useMutation({
    onSuccess: async (me) => {
      // A load that is still under way would bring the old name back.
      await utils.auth.me.cancel();
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
