"use client";

import { useLocale, useTranslations } from "next-intl";
import { lazy, Suspense, useRef, useState } from "react";
import { loadPart } from "../../../../client/calls/load-part";
import { trpc } from "../../../../client/react/trpc";
import type { SecurityOutput } from "../../../../contract/second-factor";
import { BusyButton, Button } from "../../../components/button";
import { RecoveryCodes } from "../../../second-factor/recovery-codes";
import { ConfirmedAction } from "../../home/confirmed-action";
import styles from "../../home/home.module.css";
import type { Report } from "../../home/report";
import { momentText } from "../../home/time-text";
import itemStyles from "../item.module.css";
import { useSecurityChange } from "../use-security-change";
import { TryCode } from "./try-code";

interface SecondFactorProps {
  onReport: (report: Report) => void;
}

/** It draws a QR code, which few people ever need. */
const AddApp = lazy(() =>
  loadPart(() => import("./add-app")).then(({ AddApp: part }) => ({ default: part })),
);

/** The authenticator app and the recovery codes of the account, where the service lets people have them. */
export function SecondFactor({ onReport }: SecondFactorProps) {
  const t = useTranslations("secondFactor.account");
  const overview = trpc.security.overview.useQuery().data;
  const title = useRef<HTMLHeadingElement>(null);
  const [isAdding, setIsAdding] = useState(false);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  if (!overview || (overview.second_factor === "off" && overview.totp === null)) return null;
  const done = (newCodes?: readonly string[]) => {
    setIsAdding(false);
    setCodes(newCodes ?? null);
    if (!newCodes) title.current?.focus();
  };
  return (
    <section className={styles.section} aria-labelledby="second-factor-title">
      <div className={styles.sectionHead}>
        <h2 id="second-factor-title" ref={title} tabIndex={-1}>
          {t("title")}
        </h2>
        {!isAdding && !codes && overview.totp === null && (
          <Button id="add-app" onClick={() => setIsAdding(true)}>
            {t("add")}
          </Button>
        )}
      </div>
      {codes ? (
        <RecoveryCodes codes={codes} onKept={() => done()} />
      ) : isAdding ? (
        <Suspense>
          <AddApp onReport={onReport} onDone={done} />
        </Suspense>
      ) : overview.totp === null ? (
        <p className={styles.empty}>{t("none")}</p>
      ) : (
        <AppItem overview={overview} onReport={onReport} onCodes={setCodes} />
      )}
    </section>
  );
}

interface AppItemProps extends SecondFactorProps {
  overview: SecurityOutput;
  onCodes: (codes: readonly string[]) => void;
}

function AppItem({ overview, onReport, onCodes }: AppItemProps) {
  const t = useTranslations("secondFactor.account");
  const locale = useLocale();
  const { refresh, onError } = useSecurityChange(onReport);
  const [isTrying, setIsTrying] = useState(false);
  const remove = trpc.security.removeTotp.useMutation({
    onSuccess: async () => {
      await refresh();
      onReport({ tone: "calm", words: (said) => said("secondFactor.account.removed") });
    },
    onError: onError(() => remove.mutate()),
  });
  const renew = trpc.security.makeRecoveryCodes.useMutation({
    onSuccess: async ({ recovery_codes: codes }) => {
      await refresh();
      onCodes(codes);
    },
    onError: onError(() => renew.mutate()),
  });
  return (
    <ul>
      <li className={itemStyles.item}>
        <div className={itemStyles.text}>
          <h3 className={itemStyles.name}>{t("app")}</h3>
          <p className={itemStyles.facts}>
            {overview.totp && <span>{t("since", { when: momentText(locale, overview.totp.since) })}</span>}
            <span>{t("left", { n: overview.recovery_codes_left })}</span>
          </p>
        </div>
        <div className={itemStyles.below}>
          <Button id="try-code" onClick={() => setIsTrying(true)}>
            {t("try")}
          </Button>
          <BusyButton
            id="new-codes"
            busy={renew.isPending}
            busyLabel={t("newCodes")}
            onClick={() => renew.mutate()}
          >
            {t("newCodes")}
          </BusyButton>
          {overview.second_factor !== "required" && (
            <ConfirmedAction
              className={itemStyles.confirm}
              label={t("remove")}
              question={t("removeQuestion")}
              confirmLabel={t("removeConfirm")}
              busyLabel={t("removing")}
              isBusy={remove.isPending || remove.isSuccess}
              onConfirm={() => remove.mutate()}
            />
          )}
        </div>
        {isTrying && (
          <div className={itemStyles.whole}>
            <TryCode onReport={onReport} onClose={() => setIsTrying(false)} />
          </div>
        )}
      </li>
    </ul>
  );
}
