"use client";

import { useTranslations } from "next-intl";
import { ButtonLink } from "../components/button";
import { FocusedTitle } from "../components/focused-title";
import { PageTitle } from "../components/page-title";
import { useLinkSecret } from "../lib/link-secret";
import { Facts } from "./facts";
import { OwnerForm } from "./owner-form";
import styles from "./setup-card.module.css";
import { useSetup } from "./use-setup";

interface SetupCardProps {
  publicAddress: string;
  minLength: number;
}

/** The set-up link's page: makes the owner's account, or says why this link cannot. */
export function SetupCard({ publicAddress, minLength }: SetupCardProps) {
  const t = useTranslations("setup");
  const { view, submit } = useSetup();
  const secret = useLinkSecret();

  if (view.status === "closed") return <SetupClosed />;
  if (view.status === "dead_link" || secret === null) {
    return <DeadLink reason={view.status === "dead_link" ? "dead" : "missing"} />;
  }
  if (view.status === "created") {
    return (
      <FocusedTitle title={t("closedTitle")} text={t("createdOnly")}>
        <ToSignIn />
      </FocusedTitle>
    );
  }
  return (
    <>
      <PageTitle title={t("title")}>{t("lead")}</PageTitle>
      <Facts publicAddress={publicAddress} />
      <OwnerForm
        minLength={minLength}
        view={view}
        onSubmit={(owner) => {
          if (secret) void submit({ ...owner, secret });
        }}
      />
    </>
  );
}

/** An account exists: there is nothing to set up. */
export function SetupClosed() {
  const t = useTranslations("setup");
  return (
    <FocusedTitle title={t("closedTitle")} text={t("closed")}>
      <ToSignIn />
    </FocusedTitle>
  );
}

function DeadLink({ reason }: { reason: "dead" | "missing" }) {
  const t = useTranslations("setup");
  return (
    <FocusedTitle title={t(reason === "dead" ? "deadTitle" : "missingTitle")} text={t(reason)}>
      <ul className={styles.ways}>
        <li>{t("deadRestart")}</li>
        <li>
          <span>{t("deadCommand")}</span>
          <code className={styles.command} translate="no">
            npm run -s countersign -- user add NAME --password-stdin
          </code>
        </li>
      </ul>
    </FocusedTitle>
  );
}

function ToSignIn() {
  const t = useTranslations("setup");
  return (
    <ButtonLink look="primary" width="full" href="/sign-in">
      {t("toSignIn")}
    </ButtonLink>
  );
}
