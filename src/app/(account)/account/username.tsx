"use client";

import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { trpc } from "../../../client/react/trpc";
import { Button } from "../../components/button";
import { refusalOf } from "../../lib/refusal-of";
import nameStyles from "../home/display-name.module.css";
import homeStyles from "../home/home.module.css";
import { NameForm } from "../home/name-form";
import type { Report } from "../home/report";
import { useStepUp } from "../step-up/use-step-up";

interface UsernameProps {
  username: string;
  onReport: (report: Report) => void;
}

/** The name to sign in with: a button and, in its place, the form that changes it. Escape takes it back. */
export function Username({ username, onReport }: UsernameProps) {
  const t = useTranslations("account.username");
  const [isOpen, setIsOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen) box.current?.querySelector("button")?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return (
    <section className={homeStyles.section} aria-labelledby="username-title">
      <h2 id="username-title">{t("title")}</h2>
      <p translate="no">{username}</p>
      <p>{t("hint")}</p>
      <div ref={box} className={nameStyles.box}>
        {isOpen ? (
          <UsernameForm username={username} onReport={onReport} onClose={() => setIsOpen(false)} />
        ) : (
          <Button look="plain" onClick={() => setIsOpen(true)}>
            {t("change")}
          </Button>
        )}
      </div>
    </section>
  );
}

function UsernameForm({ username, onReport, onClose }: UsernameProps & { onClose: () => void }) {
  const t = useTranslations("account.username");
  const utils = trpc.useUtils();
  const ask = useStepUp();
  const rename = trpc.user.change.useMutation({
    onSuccess: async (me) => {
      // A load that is still under way would bring the old name back.
      await utils.auth.me.cancel();
      utils.auth.me.setData(undefined, me);
      const { username: name } = me.user;
      onReport({ tone: "calm", words: (said) => said("account.username.changed", { name }) });
      onClose();
    },
    onError: (error, input) => {
      if (faultOf(error) !== null || ask(error, () => rename.mutate(input))) return;
      onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    },
  });
  const fault = rename.isError ? faultOf(rename.error) : null;
  return (
    <NameForm
      field={{ id: "new-username", label: t("new"), autoComplete: "username", maxLength: 64 }}
      label={t("change")}
      name={username}
      fault={fault && t(fault)}
      isBusy={rename.isPending}
      onSave={(name) => rename.mutate({ username: name })}
      onClose={onClose}
    />
  );
}

function faultOf(error: unknown): "refused" | "taken" | "tooMany" | null {
  const { reason } = refusalOf(error);
  if (reason === "username_taken") return "taken";
  if (reason === "too_many_attempts") return "tooMany";
  return reason === "invalid_request" ? "refused" : null;
}
