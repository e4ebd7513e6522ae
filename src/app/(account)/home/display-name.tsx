"use client";

import { useTranslations } from "next-intl";
import { ChangeInPlace } from "./change-in-place";
import { NameForm } from "./name-form";
import type { Report } from "./report";
import { useNameChange } from "./use-name-change";

interface DisplayNameProps {
  name: string;
  onReport: (report: Report) => void;
}

/** The name that people are greeted by, and the form that changes it. Escape takes it back. */
export function DisplayName({ name, onReport }: DisplayNameProps) {
  const t = useTranslations("home");
  return (
    <ChangeInPlace label={t("changeName")}>
      {(close) => <DisplayNameForm name={name} onReport={onReport} onClose={close} />}
    </ChangeInPlace>
  );
}

function DisplayNameForm({ name, onReport, onClose }: DisplayNameProps & { onClose: () => void }) {
  const t = useTranslations("home");
  const { change, isBusy, fault } = useNameChange({
    faultOf: (reason) => (reason === "invalid_request" ? "nameRefused" : null),
    done: () => ({ tone: "calm", words: (said) => said("home.nameChanged") }),
    ...{ onReport, onChanged: onClose },
  });
  return (
    <NameForm
      field={{ id: "display-name", label: t("displayName"), autoComplete: "name", maxLength: 100 }}
      label={t("changeName")}
      name={name}
      fault={fault && t(fault)}
      isBusy={isBusy}
      onSave={(typed) => change({ display_name: typed })}
      onClose={onClose}
    />
  );
}
