"use client";

import { useTranslations } from "next-intl";
import type { Elements } from "../../../../components/elements";
import { ConfirmedAction } from "../../../home/confirmed-action";
import lists from "../../lists.module.css";
import styles from "../people.module.css";

interface ActProps {
  name: "link" | "signOut" | "factors" | "disable" | "enable" | "remove";
  /** The operator's command that does the same. */
  command: string;
  call: { readonly isPending: boolean; mutate: (input: { id: string }) => void };
  id: string;
  children?: Elements;
}

/** One act: what it does, a button that asks once, and the command. */
export function Act({ name, command, call, id, children }: ActProps) {
  const t = useTranslations("admin.acts");
  return (
    <section className={styles.act} aria-labelledby={`act-${name}`}>
      <h2 id={`act-${name}`}>{t(`${name}.title`)}</h2>
      <p>{t(`${name}.text`)}</p>
      <ConfirmedAction
        key={String(call.isPending)}
        className={lists.confirm}
        label={t(`${name}.label`)}
        question={t("question")}
        confirmLabel={t("confirm", { act: t(`${name}.label`) })}
        busyLabel={t("working")}
        isBusy={call.isPending}
        onConfirm={() => call.mutate({ id })}
      />
      {children}
      <Command text={command} />
    </section>
  );
}

export function Command({ text }: { text: string }) {
  const t = useTranslations("admin.acts");
  return (
    <p>
      <span>{t("command")}</span>
      <code className={styles.command} translate="no">
        {`npm run -s countersign -- ${text}`}
      </code>
    </p>
  );
}
