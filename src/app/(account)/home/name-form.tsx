"use client";

import { useTranslations } from "next-intl";
import { type ComponentProps, type FormEvent, type KeyboardEvent, useEffect, useRef } from "react";
import { BusyButton, Button } from "../../components/button";
import { focusFirstBadField } from "../../components/focus-field";
import { TextField } from "../../components/text-field";
import styles from "./change-in-place.module.css";

interface NameFormProps {
  field: Pick<ComponentProps<typeof TextField>, "id" | "label" | "autoComplete" | "maxLength">;
  /** What the form does, for those who do not see where it is. */
  label: string;
  name: string;
  /** What is wrong with the name that was sent last. */
  fault: string | null;
  isBusy: boolean;
  onSave: (name: string) => void;
  onClose: () => void;
}

/** Changes a name, in the place of the name. Escape takes it back. */
export function NameForm({ field, label, name, fault, isBusy, onSave, onClose }: NameFormProps) {
  const t = useTranslations("home");
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.select(), []);
  useEffect(() => {
    if (form.current && fault !== null) focusFirstBadField(form.current);
  }, [fault]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!isBusy) onSave(String(new FormData(event.currentTarget).get("name") ?? ""));
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
      aria-label={label}
      onSubmit={submit}
      onKeyDown={takeBack}
    >
      <TextField {...field} name="name" defaultValue={name} error={fault} />
      <div className={styles.actions}>
        <BusyButton type="submit" look="primary" busy={isBusy} busyLabel={t("nameSaving")}>
          {t("nameSave")}
        </BusyButton>
        <Button onClick={onClose}>{t("nameCancel")}</Button>
      </div>
    </form>
  );
}
