"use client";

import { useLocale, useTranslations } from "next-intl";
import { trpc } from "../../../client/react/trpc";
import type { SessionListItem } from "../../../contract/schemas";
import { classes } from "../../components/classes";
import { useNowInMs } from "../../components/clock";
import { DeviceIcon } from "../../components/device-icon";
import { deviceName, useDeviceName } from "../../components/device-name";
import type { Words } from "../../components/words";
import { useStepUp } from "../step-up/use-step-up";
import { ConfirmedAction } from "./confirmed-action";
import styles from "./session-item.module.css";
import { shownMethodOf } from "./shown-method";
import { momentText, timeText } from "./time-text";

interface SessionItemProps {
  session: SessionListItem;
  /** The session that approved this one, when it still lives. */
  approver: SessionListItem | null;
  /** Whether this very session came of its approval: then it cannot be ended from here. */
  hasApprovedUs: boolean;
  onRevoked: (words: Words) => void;
  onFailed: () => void;
}

/** One place where the user is signed in, and the one thing to do about it. */
export function SessionItem({ session, approver, hasApprovedUs, onRevoked, onFailed }: SessionItemProps) {
  const t = useTranslations("home");
  const name = useDeviceName()(session.device);
  const utils = trpc.useUtils();
  const askForPassword = useStepUp();
  const revoke = trpc.sessions.revoke.useMutation({
    onSuccess: async () => {
      await utils.sessions.invalidate();
      onRevoked((said) => said("home.revoked", { device: deviceName(said, session.device) }));
    },
    onError: (error, input) => {
      if (!askForPassword(error, () => revoke.mutate(input))) onFailed();
    },
  });
  return (
    <li className={classes(styles.item, session.current && styles.current)}>
      <span className={styles.icon}>
        <DeviceIcon os={session.device.os} />
      </span>
      <div className={styles.text}>
        <h3 className={styles.name}>
          <span>{name}</span>
          {session.current && <span className={styles.badge}>{t("current")}</span>}
        </h3>
        <SessionFacts session={session} approver={approver} />
        {hasApprovedUs && (
          <p className={styles.facts}>
            <span>{t("approvedUs")}</span>
          </p>
        )}
      </div>
      {!session.current && !hasApprovedUs && (
        <ConfirmedAction
          className={styles.confirm}
          label={t("revoke")}
          accessibleLabel={t("revokeNamed", { device: name })}
          question={t("revokeQuestion", { device: name })}
          confirmLabel={t("revokeConfirm")}
          busyLabel={t("revoking")}
          isBusy={revoke.isPending || revoke.isSuccess}
          onConfirm={() => revoke.mutate({ id: session.id })}
        />
      )}
    </li>
  );
}

const ACTIVE_WITHIN_IN_SECONDS = 120;
/** Often enough for minutes. */
const RENEWED_EVERY_IN_MS = 30_000;

/** When and how somebody signed in there, and when the session was last used. */
export function SessionFacts({ session, approver }: Pick<SessionItemProps, "session" | "approver">) {
  const t = useTranslations("home");
  const locale = useLocale();
  const now = Math.floor(useNowInMs(RENEWED_EVERY_IN_MS) / 1_000);
  const nameOf = useDeviceName();
  const isActive = session.current || now - session.last_active_at < ACTIVE_WITHIN_IN_SECONDS;
  return (
    <>
      <p className={styles.facts}>
        <span>
          {isActive
            ? t("activeNow")
            : t("lastActive", { when: timeText(locale, session.last_active_at, now) })}
        </span>
        {session.address !== null && <span>{t("address", { address: session.address })}</span>}
      </p>
      <p className={styles.facts}>
        <span>
          <time dateTime={new Date(session.created_at * 1000).toISOString()}>
            {t("signedInOn", { when: momentText(locale, session.created_at) })}
          </time>
        </span>
        <span>{t(`method.${shownMethodOf(session)}`)}</span>
        {session.application && <span>{t("application", { name: session.application.name })}</span>}
        {session.approved_by !== null && (
          <span>
            {approver ? t("approvedBy", { device: nameOf(approver.device) }) : t("approvedByAnother")}
          </span>
        )}
        {!session.device.bound && <span>{t("unbound")}</span>}
      </p>
    </>
  );
}
