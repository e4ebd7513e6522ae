"use client";

import { useLocale, useTranslations } from "next-intl";
import { useRef, useState } from "react";
import { trpc } from "../../../client/react/trpc";
import type { SecurityOutput } from "../../../contract/second-factor";
import { Button } from "../../components/button";
import type { Words } from "../../components/words";
import { ConfirmedAction } from "../home/confirmed-action";
import styles from "../home/home.module.css";
import type { Report } from "../home/report";
import { momentText } from "../home/time-text";
import { AddEmail } from "./add-email";
import itemStyles from "./item.module.css";
import { useSecurityChange } from "./use-security-change";

interface EmailsProps {
  onReport: (report: Report) => void;
}

/** What is being added: an address that is yet to be typed, or the code of one that was asked for. */
type Adding = { readonly address: string | null };

/** The mail addresses of the account: for signing in, and for getting back in. */
export function Emails({ onReport }: EmailsProps) {
  const t = useTranslations("emails");
  const overview = trpc.security.overview.useQuery().data;
  const title = useRef<HTMLHeadingElement>(null);
  const [adding, setAdding] = useState<Adding | null>(null);
  if (!overview) return null;
  const close = (words?: Words) => {
    setAdding(null);
    if (words) onReport({ tone: "calm", words });
    title.current?.focus();
  };
  return (
    <section className={styles.section} aria-labelledby="emails-title">
      <div className={styles.sectionHead}>
        <h2 id="emails-title" ref={title} tabIndex={-1}>
          {t("title")}
        </h2>
        {!adding && overview.sends_mail && (
          <Button id="add-email" onClick={() => setAdding({ address: null })}>
            {t("add")}
          </Button>
        )}
      </div>
      {adding && (
        <AddEmail
          address={adding.address}
          onReport={onReport}
          onAsked={(address) => setAdding({ address })}
          onClose={close}
        />
      )}
      {overview.emails.length > 0 ? (
        <ul>
          {overview.emails.map((email) => (
            <EmailItem
              key={email.address}
              email={email}
              onReport={onReport}
              onEnterCode={() => setAdding({ address: email.address })}
              onRemoved={close}
            />
          ))}
        </ul>
      ) : (
        !adding && <p className={styles.empty}>{t(overview.sends_mail ? "none" : "off")}</p>
      )}
    </section>
  );
}

interface EmailItemProps extends EmailsProps {
  email: SecurityOutput["emails"][number];
  onEnterCode: () => void;
  onRemoved: (words: Words) => void;
}

function EmailItem({
  email: { address, verified, since },
  onReport,
  onEnterCode,
  onRemoved,
}: EmailItemProps) {
  const t = useTranslations("emails");
  const locale = useLocale();
  const { refresh, onError } = useSecurityChange(onReport);
  const remove = trpc.emails.remove.useMutation({
    onSuccess: async () => {
      await refresh();
      onRemoved((said) => said("emails.removed", { address }));
    },
    onError: (error, input) => onError(() => remove.mutate(input))(error),
  });
  return (
    <li className={itemStyles.item}>
      <div className={itemStyles.text}>
        <h3 className={itemStyles.name}>{address}</h3>
        <p className={itemStyles.facts}>
          <span>{verified ? t("verified", { when: momentText(locale, since) }) : t("pending")}</span>
        </p>
      </div>
      <div className={itemStyles.actions}>
        {!verified && (
          <Button look="plain" aria-label={t("enterCodeNamed", { address })} onClick={onEnterCode}>
            {t("enterCode")}
          </Button>
        )}
        <ConfirmedAction
          className={itemStyles.confirm}
          label={t("remove")}
          accessibleLabel={t("removeNamed", { address })}
          question={t("removeQuestion", { address })}
          confirmLabel={t("removeConfirm")}
          busyLabel={t("removing")}
          isBusy={remove.isPending || remove.isSuccess}
          onConfirm={() => remove.mutate({ email: address })}
        />
      </div>
    </li>
  );
}
