"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import type { DeletionPending } from "../../client/session/deletion";
import { BusyButton, Button } from "../components/button";
import styles from "./second-step/second-step.module.css";
import { faultMessage, type SignInMessage, type SignInView } from "./sign-in-view";
import { SignInStatus } from "./status-text";

interface KeepAccountProps {
  pending: DeletionPending;
  onSignedIn: () => void;
  /** The sign-in has to begin again: the person wants it, it took too long, or the account stays and needs a further step. */
  onOver: (why: "wanted" | "over" | "kept") => void;
}

/** In the place of a session: the account is going to be deleted, and its owner can keep it. */
export function KeepAccount({ pending, onSignedIn, onOver }: KeepAccountProps) {
  const t = useTranslations("signIn.deletion");
  const format = useFormatter();
  const [phase, setPhase] = useState<SignInView["phase"]>("ready");
  const [message, setMessage] = useState<SignInMessage | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);

  async function keep() {
    setMessage(null);
    setPhase("signing_in");
    const outcome = await pending.keep();
    if (outcome.status === "signed_in") {
      setPhase("signed_in");
      return onSignedIn();
    }
    if (outcome.status === "expired") return onOver("over");
    if (outcome.status === "kept") return onOver("kept");
    const { onLine: isOnline } = navigator;
    setMessage(faultMessage(outcome, { nowInMs: Date.now(), isOnline, isSecure: window.isSecureContext }));
    setPhase("ready");
  }
  const when = format.dateTime(pending.deletionAt, { dateStyle: "long", timeStyle: "short" });
  return (
    <section className={styles.step} aria-labelledby="deletion-title" data-deletion>
      <h2 id="deletion-title" ref={title} tabIndex={-1}>
        {t("title", { when })}
      </h2>
      <p>{t("text")}</p>
      <SignInStatus id="deletion-status" view={{ phase, message }} />
      <BusyButton
        id="keep-account"
        look="primary"
        width="full"
        busy={phase !== "ready"}
        busyLabel={t("keeping")}
        onClick={() => void keep()}
      >
        {t("keep")}
      </BusyButton>
      <div className={styles.ways}>
        <Button look="plain" onClick={() => onOver("wanted")}>
          {t("leave")}
        </Button>
      </div>
    </section>
  );
}
