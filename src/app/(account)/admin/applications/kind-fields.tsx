"use client";

import { useTranslations } from "next-intl";
import type { ClientOutput } from "../../../../contract/clients";
import { TextField } from "../../../components/text-field";
import styles from "./applications.module.css";
import type { Kind } from "./kinds";

/** The field that the service has refused. */
export type WrongField = "id" | "name" | "audience" | "scopes" | "origins";

interface KindFieldsProps {
  kind: Kind;
  /** What stands in them; nothing for a new one. */
  client?: ClientOutput;
  wrong: WrongField | null;
}

/** What this kind of application needs, and nothing else. */
export function KindFields({ kind, client, wrong }: KindFieldsProps) {
  const t = useTranslations("admin.applications");
  const field = (name: WrongField) => ({
    id: name,
    name,
    label: t(`${name}.label`),
    hint: t(`${name}.hint`),
    error: wrong === name ? t(`${name}.wrong`) : null,
    autoComplete: "off",
  });
  return (
    <>
      <TextField {...field("name")} defaultValue={client?.name} maxLength={60} required />
      {kind === "page" && (
        <TextField {...field("origins")} defaultValue={client?.origins.join(" ")} inputMode="url" required />
      )}
      {kind !== "page" && (
        <TextField
          {...field("audience")}
          defaultValue={client?.audience ?? ""}
          inputMode="url"
          required={kind === "program"}
        />
      )}
      {kind === "program" && <TextField {...field("scopes")} defaultValue={client?.scopes.join(" ")} />}
      {kind !== "page" && (
        <label className={styles.check}>
          <input type="checkbox" name="binding" defaultChecked={client?.requires_binding ?? true} />
          <span>{t("binding")}</span>
        </label>
      )}
    </>
  );
}
