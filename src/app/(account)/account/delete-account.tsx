"use client";

import { useTranslations } from "next-intl";
import { trpc } from "../../../client/react/trpc";
import { askedDeletion, goToClosed } from "../../lib/asked-deletion";
import { refusalOf } from "../../lib/refusal-of";
import { ConfirmedAction } from "../home/confirmed-action";
import homeStyles from "../home/home.module.css";
import type { Report } from "../home/report";
import itemStyles from "../home/session-item.module.css";
import { useStepUp } from "../step-up/use-step-up";

/** The end of the account, a week later. */
export function DeleteAccount({ onReport }: { onReport: (report: Report) => void }) {
  const t = useTranslations("account.deletion");
  const ask = useStepUp();
  const remove = trpc.account.remove.useMutation({
    // Word that the session is over may come before the answer.
    onMutate: () => askedDeletion.leave(),
    onSuccess: goToClosed,
    onError: (error) => {
      askedDeletion.take();
      if (ask(error, () => remove.mutate())) return;
      const isLast = refusalOf(error).reason === "last_owner";
      onReport({
        tone: "error",
        words: (said) => said(isLast ? "account.deletion.lastOwner" : "home.actionFailed"),
      });
    },
  });
  return (
    <section className={homeStyles.section} aria-labelledby="deletion-title">
      <h2 id="deletion-title">{t("title")}</h2>
      <p>{t("text")}</p>
      <div>
        <ConfirmedAction
          key={String(remove.isError)}
          className={itemStyles.confirm}
          label={t("label")}
          question={t("question")}
          confirmLabel={t("confirm")}
          busyLabel={t("working")}
          isBusy={remove.isPending || remove.isSuccess}
          onConfirm={() => remove.mutate()}
        />
      </div>
    </section>
  );
}
