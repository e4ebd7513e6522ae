"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { trpc } from "../../../client/react/trpc";
import type { Notice } from "../../../contract/schemas";
import { BusyButton, Button } from "../../components/button";
import { classes } from "../../components/classes";
import { deviceName } from "../../components/device-name";
import { VisuallyHidden } from "../../components/visually-hidden";
import { RouteLink } from "../route-link";
import { useStepUp } from "../step-up/use-step-up";
import styles from "./notices.module.css";
import type { Report } from "./report";
import { momentText } from "./time-text";
import { useAcknowledge } from "./use-acknowledge";

const SHOWN_AT_FIRST = 3;

interface NoticesProps {
  onReport: (report: Report) => void;
}

/** What happened to the account lately, each with what can be done about it. */
export function Notices({ onReport }: NoticesProps) {
  const t = useTranslations("notices");
  const list = trpc.sessions.notices.useQuery();
  const me = trpc.auth.me.useQuery();
  const { isAcknowledged, acknowledge } = useAcknowledge(() =>
    onReport({ tone: "error", words: (said) => said("home.actionFailed") }),
  );
  const [showsAll, setShowsAll] = useState(false);
  if (!list.data || !me.data) return null;
  const { session } = me.data;
  const notices = list.data.notices.filter((notice) => isNews(notice, session) && !isAcknowledged(notice.id));
  if (notices.length === 0) return null;
  const shown = showsAll ? notices : notices.slice(0, SHOWN_AT_FIRST);
  return (
    <section aria-labelledby="notices-title">
      <VisuallyHidden>
        <h2 id="notices-title">{t("title")}</h2>
      </VisuallyHidden>
      <ul className={styles.notices}>
        {shown.map((notice) => (
          <NoticeItem
            key={notice.id}
            notice={notice}
            onDismiss={() => acknowledge(notice.id)}
            onReport={onReport}
          />
        ))}
      </ul>
      {shown.length < notices.length && (
        <Button look="plain" onClick={() => setShowsAll(true)}>
          {t("more", { n: notices.length - shown.length })}
        </Button>
      )}
    </section>
  );
}

/** Who has just changed something here knows it. */
function isNews(notice: Notice, current: { readonly id: string }): boolean {
  return notice.session_id !== current.id;
}

interface NoticeItemProps extends NoticesProps {
  notice: Notice;
  onDismiss: () => void;
}

/** One thing that happened, with what can be done about it. */
export function NoticeItem({ notice, onDismiss, onReport }: NoticeItemProps) {
  const t = useTranslations("notices");
  const text = useNoticeText()(notice);
  const isTheft = notice.type === "refresh_token_reused" || notice.type === "device_mismatch";
  return (
    <li className={classes(styles.notice, isTheft && styles.grave)}>
      <p className={styles.text}>{text}</p>
      <div className={styles.ways}>
        {notice.type === "new_sign_in" && notice.session_live && notice.session_id !== null && (
          <SignItOut sessionId={notice.session_id} device={notice.device} onReport={onReport} />
        )}
        {isTheft && <RouteLink href="/password">{t("changePassword")}</RouteLink>}
        <Button look="plain" aria-label={t("dismissNamed", { notice: text })} onClick={onDismiss}>
          {t("dismiss")}
        </Button>
      </div>
    </li>
  );
}

interface SignItOutProps extends NoticesProps {
  sessionId: string;
  device: Notice["device"];
}

/** One tap: somebody who reads "not you?" should not have to confirm it. */
function SignItOut({ sessionId, device, onReport }: SignItOutProps) {
  const t = useTranslations();
  const utils = trpc.useUtils();
  const askForPassword = useStepUp();
  const revoke = trpc.sessions.revoke.useMutation({
    onSuccess: async () => {
      await utils.sessions.invalidate();
      onReport({ tone: "calm", words: (said) => said("home.revoked", { device: deviceName(said, device) }) });
    },
    onError: (error, input) => {
      if (askForPassword(error, () => revoke.mutate(input))) return;
      onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    },
  });
  return (
    <BusyButton
      look="danger"
      busy={revoke.isPending || revoke.isSuccess}
      busyLabel={t("home.revoking")}
      onClick={() => revoke.mutate({ id: sessionId })}
    >
      {t("notices.signItOut")}
    </BusyButton>
  );
}

function useNoticeText(): (notice: Notice) => string {
  const t = useTranslations();
  const locale = useLocale();
  return (notice) => {
    const device = deviceName(t, notice.device);
    const place = notice.address ?? t("home.somePlace");
    const time = momentText(locale, notice.at);
    switch (notice.type) {
      case "new_sign_in":
        return t("notices.newSignIn", { device, place, time });
      case "refresh_token_reused":
        return t("notices.refreshTokenReused", { device, place, time });
      case "device_mismatch":
        return t("notices.deviceMismatch", { device, place, time });
      case "password_changed":
        return t("notices.passwordChanged", { place, time });
      case "password_recovered":
        return t("notices.passwordRecovered", { place, time });
      case "totp_added":
        return t("notices.totpAdded", { place, time });
      case "totp_removed":
        return t("notices.totpRemoved", { place, time });
      case "recovery_codes_made":
        return t("notices.recoveryCodesMade", { place, time });
      case "recovery_code_used":
        return t("notices.recoveryCodeUsed", { place, time });
      case "second_factors_removed":
        return t("notices.secondFactorsRemoved", { time });
      case "passkey_added":
        return t("notices.passkeyAdded", { device, place, time });
      case "passkey_renamed":
        return t("notices.passkeyRenamed", { device, place, time });
      case "passkey_removed":
        return t("notices.passkeyRemoved", { device, place, time });
      case "email_added":
        return t("notices.emailAdded", { place, time });
      case "email_removed":
        return t("notices.emailRemoved", { place, time });
    }
  };
}
