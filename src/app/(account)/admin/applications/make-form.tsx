"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { trpc } from "../../../../client/react/trpc";
import type { NewClientOutput } from "../../../../contract/clients";
import { BusyButton } from "../../../components/button";
import formStyles from "../../../components/form.module.css";
import { TextField } from "../../../components/text-field";
import { useHydrated } from "../../../components/use-hydrated";
import type { Report } from "../../home/report";
import { Command } from "../people/[id]/act";
import styles from "./applications.module.css";
import { KindFields, type WrongField } from "./kind-fields";
import { addCommandOf, type Kind, kinds, readFields, restOf } from "./kinds";
import { useRefused } from "./use-refused";

interface MakeFormProps {
  onMade: (client: NewClientOutput) => void;
  onReport: (report: Report | null) => void;
}

/** Asks first what it is, and then only what that needs. */
export function MakeForm({ onMade, onReport }: MakeFormProps) {
  const t = useTranslations("admin.applications");
  const isHydrated = useHydrated();
  const [kind, setKind] = useState<Kind>("page");
  const [wrong, setWrong] = useState<WrongField | null>(null);
  const refused = useRefused(onReport, setWrong);
  const make = trpc.clients.add.useMutation({
    onSuccess: onMade,
    onError: (error, input) => refused(error, () => make.mutate(input)),
  });

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (make.isPending) return;
    setWrong(null);
    onReport(null);
    const data = new FormData(event.currentTarget);
    make.mutate({ id: String(data.get("id") ?? "").trim(), ...readFields(kind, data), ...restOf(kind) });
  }

  return (
    <form className={formStyles.form} method="post" aria-label={t("make")} noValidate onSubmit={submit}>
      <fieldset className={styles.kinds}>
        <legend>{t("kind")}</legend>
        {kinds.map((name) => (
          <label key={name} className={styles.kind}>
            <input
              type="radio"
              name="kind"
              value={name}
              checked={kind === name}
              onChange={() => {
                setKind(name);
                setWrong(null);
              }}
            />
            <span>
              <strong>{t(`kinds.${name}.name`)}</strong>
              <span className={styles.hint}>{t(`kinds.${name}.hint`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <TextField
        id="id"
        name="id"
        label={t("id.label")}
        hint={t("id.hint")}
        error={wrong === "id" ? t("id.wrong") : null}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={64}
        required
      />
      <KindFields key={kind} kind={kind} wrong={wrong} />
      <div className={formStyles.actions}>
        <BusyButton
          type="submit"
          look="primary"
          disabled={!isHydrated}
          busy={make.isPending}
          busyLabel={t("making")}
        >
          {t("make")}
        </BusyButton>
      </div>
      <Command text={addCommandOf(kind)} />
    </form>
  );
}
