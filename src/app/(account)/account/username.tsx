"use client";

import { useTranslations } from "next-intl";
import { ChangeInPlace } from "../home/change-in-place";
import homeStyles from "../home/home.module.css";
import { NameForm } from "../home/name-form";
import type { Report } from "../home/report";
import { useNameChange } from "../home/use-name-change";

interface UsernameProps {
  username: string;
  onReport: (report: Report) => void;
}

/** The name to sign in with, and the form that changes it. Escape takes it back. */
export function Username({ username, onReport }: UsernameProps) {
  const t = useTranslations("account.username");
  return (
    <section className={homeStyles.section} aria-labelledby="username-title">
      <h2 id="username-title">{t("title")}</h2>
      <p translate="no">{username}</p>
      <p>{t("hint")}</p>
      <ChangeInPlace label={t("change")}>
        {(close) => <UsernameForm username={username} onReport={onReport} onClose={close} />}
      </ChangeInPlace>
    </section>
  );
}

function UsernameForm({ username, onReport, onClose }: UsernameProps & { onClose: () => void }) {
  const t = useTranslations("account.username");
  const { change, isBusy, fault } = useNameChange({
    faultOf,
    done: ({ username: name }) => ({
      tone: "calm",
      words: (said) => said("account.username.changed", { name }),
    }),
    ...{ onReport, onChanged: onClose },
  });
  return (
    <NameForm
      field={{ id: "new-username", label: t("new"), autoComplete: "username", maxLength: 64 }}
      label={t("change")}
      name={username}
      fault={fault && t(fault)}
      isBusy={isBusy}
      onSave={(name) => change({ username: name })}
      onClose={onClose}
    />
  );
}

function faultOf(reason: string | undefined): "refused" | "taken" | "tooMany" | null {
  if (reason === "username_taken") return "taken";
  if (reason === "too_many_attempts") return "tooMany";
  return reason === "invalid_request" ? "refused" : null;
}
