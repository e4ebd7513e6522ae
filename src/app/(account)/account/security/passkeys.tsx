"use client";

import { useTranslations } from "next-intl";
import { useRef } from "react";
import { trpc } from "../../../../client/react/trpc";
import { BusyButton } from "../../../components/button";
import type { Words } from "../../../components/words";
import styles from "../../home/home.module.css";
import type { Report } from "../../home/report";
import { useMakePasskey } from "../../home/use-make-passkey";
import { usePasskeySignals } from "../../home/use-passkey-signals";
import { PasskeyItem } from "./passkey-item";

interface PasskeysProps {
  onReport: (report: Report) => void;
}

/** The passkeys of the account, and the button that makes one. */
export function Passkeys({ onReport }: PasskeysProps) {
  const t = useTranslations("passkeys");
  const list = trpc.passkeys.list.useQuery();
  const hasNoPassword = trpc.security.overview.useQuery().data?.password === null;
  const title = useRef<HTMLHeadingElement>(null);
  const { make, isBusy } = useMakePasskey(onReport);
  usePasskeySignals();
  const passkeys = list.data?.passkeys ?? [];
  const afterDeleting = (words: Words) => {
    onReport({ tone: "calm", words });
    title.current?.focus();
  };
  return (
    <section className={styles.section} aria-labelledby="passkeys-title">
      <div className={styles.sectionHead}>
        <h2 id="passkeys-title" ref={title} tabIndex={-1}>
          {t("title")}
        </h2>
        <BusyButton id="make-passkey" busy={isBusy} busyLabel={t("making")} onClick={make}>
          {t("make")}
        </BusyButton>
      </div>
      {hasNoPassword && <p className={styles.sectionLead}>{t("only")}</p>}
      {passkeys.length === 0 ? (
        <p className={styles.empty}>{t("none")}</p>
      ) : (
        <ul>
          {passkeys.map((passkey) => (
            <PasskeyItem key={passkey.id} passkey={passkey} onReport={onReport} onDeleted={afterDeleting} />
          ))}
        </ul>
      )}
    </section>
  );
}
