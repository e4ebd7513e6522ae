"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { trpc } from "../../../client/react/trpc";
import { BusyButton } from "../../components/button";
import { leave } from "../../lib/leaving";
import { RouteLink } from "../route-link";
import type { Report } from "./home";
import styles from "./home.module.css";

export interface Who {
  displayName: string;
  /** Whether that is another name than the one to sign in with. */
  isNamed: boolean;
}

interface HomeHeadProps extends Who {
  onReport: (report: Report) => void;
}

/** Who I am, and what to do with it. */
export function HomeHead({ displayName, isNamed, onReport }: HomeHeadProps) {
  const t = useTranslations("home");
  const me = trpc.auth.me.useQuery();
  const [isLeaving, setIsLeaving] = useState(false);

  async function signOut() {
    setIsLeaving(true);
    await leave();
    setIsLeaving(false);
    onReport({ tone: "error", text: t("signOutFailed") });
  }

  return (
    <div className={styles.head}>
      <div className={styles.who}>
        <h1 tabIndex={-1}>{t("greeting", { name: displayName })}</h1>
        {isNamed && (
          <p className={styles.username}>{me.data && t("signedInAs", { username: me.data.user.username })}</p>
        )}
      </div>
      <div className={styles.actions}>
        <RouteLink look="primary" href="/scan">
          {t("scan")}
        </RouteLink>
        <RouteLink href="/password">{t("changePassword")}</RouteLink>
        <BusyButton busy={isLeaving} busyLabel={t("signingOut")} onClick={signOut}>
          {t("signOut")}
        </BusyButton>
      </div>
    </div>
  );
}
