"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { trpc } from "../../../client/react/trpc";
import { BusyButton } from "../../components/button";
import { RichText } from "../../components/rich-text";
import { leave } from "../../lib/leaving";
import { RouteLink } from "../route-link";
import { DisplayName } from "./display-name";
import styles from "./home.module.css";
import type { Report } from "./report";

export interface Who {
  displayName: string;
  /** Whether that is another name than the one to sign in with. */
  isNamed: boolean;
  /** Whether there are pages for administrators to go to. */
  isAdministrator: boolean;
}

interface HomeHeadProps extends Who {
  onReport: (report: Report) => void;
}

/** Who I am, and what to do with it. */
export function HomeHead({ displayName, isNamed, isAdministrator, onReport }: HomeHeadProps) {
  const t = useTranslations("home");
  const user = trpc.auth.me.useQuery().data?.user;
  const name = user?.display_name ?? displayName;
  const isOtherName = user ? user.display_name !== user.username : isNamed;
  const [isLeaving, setIsLeaving] = useState(false);

  async function signOut() {
    setIsLeaving(true);
    await leave();
    setIsLeaving(false);
    onReport({ tone: "error", words: (said) => said("home.signOutFailed") });
  }

  return (
    <div className={styles.head}>
      <div className={styles.who}>
        <h1 tabIndex={-1}>
          <RichText>{t.rich("greeting", { name: () => <span translate="no">{name}</span> })}</RichText>
        </h1>
        {isOtherName && (
          <p className={styles.username}>
            {user && (
              <RichText>
                {t.rich("signedInAs", { username: () => <span translate="no">{user.username}</span> })}
              </RichText>
            )}
          </p>
        )}
        <DisplayName name={name} onReport={onReport} />
      </div>
      <div className={styles.actions}>
        <RouteLink look="primary" href="/scan">
          {t("scan")}
        </RouteLink>
        {isAdministrator && <RouteLink href="/admin">{t("administration")}</RouteLink>}
        <RouteLink href="/account">{t("account")}</RouteLink>
        <BusyButton busy={isLeaving} busyLabel={t("signingOut")} onClick={signOut}>
          {t("signOut")}
        </BusyButton>
      </div>
    </div>
  );
}
