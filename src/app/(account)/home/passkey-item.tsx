"use client";

import { useLocale, useTranslations } from "next-intl";
import { trpc } from "../../../client/react/trpc";
import type { PasskeyOutput } from "../../../contract/passkeys";
import type { Words } from "../../components/words";
import { useStepUp } from "../step-up/use-step-up";
import { ConfirmedAction } from "./confirmed-action";
import type { Report } from "./report";
import styles from "./session-item.module.css";
import { momentText } from "./time-text";

interface PasskeyItemProps {
  passkey: PasskeyOutput;
  onReport: (report: Report) => void;
  onDeleted: (words: Words) => void;
}

/** One passkey: what keeps it, when it was made and used, and the one thing to do about it. */
export function PasskeyItem({ passkey, onReport, onDeleted }: PasskeyItemProps) {
  const t = useTranslations("passkeys");
  const { name } = passkey;
  const utils = trpc.useUtils();
  const askForPassword = useStepUp();
  const remove = trpc.passkeys.remove.useMutation({
    onSuccess: async () => {
      await utils.passkeys.invalidate();
      onDeleted((said) => said("passkeys.deleted", { name }));
    },
    onError: (error, input) => {
      if (askForPassword(error, () => remove.mutate(input))) return;
      onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    },
  });
  return (
    <li className={styles.item}>
      <div className={styles.text}>
        <h3 className={styles.name}>
          <span>{name}</span>
        </h3>
        <PasskeyFacts passkey={passkey} />
      </div>
      <ConfirmedAction
        className={styles.confirm}
        label={t("delete")}
        accessibleLabel={t("deleteNamed", { name })}
        question={t("deleteQuestion", { name })}
        confirmLabel={t("deleteConfirm")}
        busyLabel={t("deleting")}
        isBusy={remove.isPending || remove.isSuccess}
        onConfirm={() => remove.mutate({ id: passkey.id })}
      />
    </li>
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
