"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { trpc } from "../../../../client/react/trpc";
import type { PasskeyOutput } from "../../../../contract/passkeys";
import { Button } from "../../../components/button";
import { KeyIcon } from "../../../components/key-icon";
import { useFocusBack } from "../../../components/use-focus-back";
import type { Words } from "../../../components/words";
import { refusalOf } from "../../../lib/refusal-of";
import { ConfirmedAction } from "../../home/confirmed-action";
import type { Report } from "../../home/report";
import { momentText } from "../../home/time-text";
import { useStepUp } from "../../step-up/use-step-up";
import styles from "../item.module.css";
import { PasskeyNameForm } from "./passkey-name-form";

interface PasskeyItemProps {
  passkey: PasskeyOutput;
  onReport: (report: Report) => void;
  onDeleted: (words: Words) => void;
}

/** One passkey: what keeps it, when it was made and used, and what can be done about it. */
export function PasskeyItem({ passkey, onReport, onDeleted }: PasskeyItemProps) {
  const t = useTranslations("passkeys");
  const [isNaming, setIsNaming] = useState(false);
  const item = useFocusBack<HTMLLIElement>(isNaming);
  return (
    <li ref={item} className={styles.item}>
      <span className={styles.icon}>
        <KeyIcon />
      </span>
      <div className={styles.text}>
        <h3 className={styles.name}>{passkey.name}</h3>
        <PasskeyFacts passkey={passkey} />
      </div>
      {isNaming ? (
        <PasskeyNameForm
          className={styles.whole}
          passkey={passkey}
          onReport={onReport}
          onClose={() => setIsNaming(false)}
        />
      ) : (
        <div className={styles.actions}>
          <Button
            look="plain"
            aria-label={t("renameNamed", { name: passkey.name })}
            onClick={() => setIsNaming(true)}
          >
            {t("rename")}
          </Button>
          <DeletePasskey passkey={passkey} onReport={onReport} onDeleted={onDeleted} />
        </div>
      )}
    </li>
  );
}

function DeletePasskey({ passkey: { id, name }, onReport, onDeleted }: PasskeyItemProps) {
  const t = useTranslations("passkeys");
  const utils = trpc.useUtils();
  const askForPassword = useStepUp();
  const remove = trpc.passkeys.remove.useMutation({
    onSuccess: async () => {
      await utils.passkeys.invalidate();
      onDeleted((said) => said("passkeys.deleted", { name }));
    },
    onError: (error, input) => {
      if (askForPassword(error, () => remove.mutate(input))) return;
      const isLast = refusalOf(error).reason === "last_credential";
      onReport({ tone: "error", words: (said) => said(isLast ? "passkeys.last" : "home.actionFailed") });
    },
  });
  return (
    <ConfirmedAction
      className={styles.confirm}
      label={t("delete")}
      accessibleLabel={t("deleteNamed", { name })}
      question={t("deleteQuestion", { name })}
      confirmLabel={t("deleteConfirm")}
      busyLabel={t("deleting")}
      isBusy={remove.isPending || remove.isSuccess}
      onConfirm={() => remove.mutate({ id })}
    />
  );
}

function PasskeyFacts({ passkey }: Pick<PasskeyItemProps, "passkey">) {
  const t = useTranslations("passkeys");
  const locale = useLocale();
  const { provider, name, created_at: madeAt, last_used_at: usedAt, backed_up: isBackedUp } = passkey;
  return (
    <p className={styles.facts}>
      {provider !== undefined && provider !== name && <span>{provider}</span>}
      <span>{t("madeOn", { when: momentText(locale, madeAt) })}</span>
      <span>{usedAt === null ? t("neverUsed") : t("usedOn", { when: momentText(locale, usedAt) })}</span>
      <span>{isBackedUp ? t("backedUp") : t("oneDevice")}</span>
    </p>
  );
}
