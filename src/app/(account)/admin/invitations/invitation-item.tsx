"use client";

import { useFormatter, useTranslations } from "next-intl";
import { trpc } from "../../../../client/react/trpc";
import type { InvitationOutput, NewInvitationOutput } from "../../../../contract/invitations";
import { BusyButton } from "../../../components/button";
import { refusalOf } from "../../../lib/refusal-of";
import { ConfirmedAction } from "../../home/confirmed-action";
import type { Report } from "../../home/report";
import { useStepUp } from "../../step-up/use-step-up";
import styles from "./invitations.module.css";

interface InvitationItemProps {
  invitation: InvitationOutput;
  onRenewed: (invitation: NewInvitationOutput) => void;
  onChanged: () => Promise<void>;
  onReport: (report: Report) => void;
}

/** One invitation: to what, how far it is used, until when; and what can be done about it. */
export function InvitationItem({ invitation, onRenewed, onChanged, onReport }: InvitationItemProps) {
  const t = useTranslations();
  const format = useFormatter();
  const ask = useStepUp();
  const { id, status, uses, used } = invitation;
  const refused = (again: () => void) => (error: unknown) => {
    if (ask(error, again)) return;
    const isForbidden = refusalOf(error).reason === "forbidden";
    const key = isForbidden ? "invitations.notAllowed" : "home.actionFailed";
    onReport({ tone: "error", words: (said) => said(key) });
  };
  const renew = trpc.invitations.renew.useMutation({
    onSuccess: onRenewed,
    onError: refused(() => renew.mutate({ id })),
  });
  const revoke = trpc.invitations.revoke.useMutation({
    onSuccess: async () => {
      await onChanged();
      onReport({ tone: "calm", words: (said) => said("invitations.revoked") });
    },
    onError: refused(() => revoke.mutate({ id })),
  });
  const roles = format.list(invitation.roles.map((role) => t(`roles.${role}`)));
  const by = invitation.invited_by?.username ?? t("invitations.somebody");
  const until = format.dateTime(new Date(invitation.expires_at * 1000), {
    dateStyle: "medium",
    timeStyle: "short",
  });
  const isRenewable = status === "open" || status === "expired" || status === "suspended";
  return (
    <li className={styles.item}>
      <div className={styles.text}>
        <p className={styles.name}>{t("invitations.item", { roles, used, n: uses })}</p>
        {invitation.email !== null && <p className={styles.facts}>{invitation.email}</p>}
        <p className={styles.facts}>
          {`${t(`invitations.status.${status}`)} ${t("invitations.itemFacts", { by, until })}`}
        </p>
      </div>
      <div className={styles.ways}>
        {isRenewable && (
          <BusyButton
            aria-label={t("invitations.renewNamed", { roles, until })}
            busy={renew.isPending}
            busyLabel={t("invitations.making")}
            onClick={() => renew.mutate({ id })}
          >
            {t("invitations.renew")}
          </BusyButton>
        )}
        {status !== "revoked" && (
          <ConfirmedAction
            className={styles.confirm}
            label={t("invitations.revoke")}
            accessibleLabel={t("invitations.revokeNamed", { roles, until })}
            question={t("invitations.revokeQuestion")}
            confirmLabel={t("invitations.revoke")}
            busyLabel={t("invitations.revoking")}
            isBusy={revoke.isPending}
            onConfirm={() => revoke.mutate({ id })}
          />
        )}
      </div>
    </li>
  );
}
