"use client";

import { useTranslations } from "next-intl";
import { trpc } from "../../../client/react/trpc";
import type { Words } from "../../components/words";
import { useStepUp } from "../step-up/use-step-up";
import { ConfirmedAction } from "./confirmed-action";
import styles from "./session-item.module.css";

interface RevokeOthersProps {
  count: number;
  onRevoked: (words: Words) => void;
  onFailed: () => void;
}

/** Signs out everywhere but here, and where this sign-in was approved. */
export function RevokeOthers({ count, onRevoked, onFailed }: RevokeOthersProps) {
  const t = useTranslations("home");
  const utils = trpc.useUtils();
  const askForPassword = useStepUp();
  const revoke = trpc.sessions.revokeOthers.useMutation({
    onSuccess: async ({ revoked }) => {
      await utils.sessions.invalidate();
      onRevoked((said) => said("home.othersRevoked", { n: revoked }));
    },
    onError: (error) => {
      if (!askForPassword(error, () => revoke.mutate())) onFailed();
    },
  });
  return (
    <ConfirmedAction
      className={styles.confirm}
      label={t("revokeOthers")}
      question={t("revokeOthersQuestion", { n: count })}
      confirmLabel={t("revokeOthersConfirm")}
      busyLabel={t("revoking")}
      isBusy={revoke.isPending || revoke.isSuccess}
      onConfirm={() => revoke.mutate()}
    />
  );
}
