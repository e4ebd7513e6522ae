"use client";

import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { trpc } from "../../../client/react/trpc";
import { BusyButton, Button } from "../../components/button";
import { putOfferAway, rememberOffer, wasOfferedBefore } from "../../lib/passkey-offer";
import styles from "./notices.module.css";
import type { Report } from "./report";
import { useMakePasskey } from "./use-make-passkey";

interface PasskeyOfferProps {
  /** Whether this device can keep a passkey, as far as that is known by now. */
  isAble: boolean;
  onReport: (report: Report) => void;
}

/** Offers a passkey to somebody who has just typed a password: once for each account and browser. */
export function PasskeyOffer({ isAble, onReport }: PasskeyOfferProps) {
  const t = useTranslations("passkeys.offer");
  // What is known as the page appears: an offer that came later would push the page about.
  const [isAbleAtFirst] = useState(isAble);
  const [isPutAway, setIsPutAway] = useState(false);
  const list = trpc.passkeys.list.useQuery().data;
  const session = trpc.sessions.list.useQuery().data?.sessions.find(({ current }) => current);
  const account = list?.user_handle;
  const { make, isBusy } = useMakePasskey(onReport, focusWaysIn);
  const isMeant =
    isAbleAtFirst &&
    !isPutAway &&
    session?.method === "password" &&
    list?.rp_id !== undefined &&
    list.passkeys.length === 0;
  const offered =
    isMeant && account !== undefined && !wasOfferedBefore(account, session.id) ? session.id : null;
  useEffect(() => {
    if (account !== undefined && offered !== null) rememberOffer(account, offered);
  }, [account, offered]);
  if (account === undefined || offered === null) return null;
  const putAway = () => {
    putOfferAway(account);
    setIsPutAway(true);
    onReport({ tone: "calm", words: (said) => said("passkeys.offer.later") });
    focusWaysIn();
  };
  return (
    <section id="passkey-offer" className={styles.offer} aria-labelledby="passkey-offer-title">
      <div className={styles.text}>
        <h2 id="passkey-offer-title">{t("title")}</h2>
        <p>{t("text")}</p>
      </div>
      <div className={styles.ways}>
        <BusyButton id="take-passkey-offer" busy={isBusy} busyLabel={t("takingUp")} onClick={make}>
          {t("takeUp")}
        </BusyButton>
        <Button look="plain" id="put-passkey-offer-away" onClick={putAway}>
          {t("putAway")}
        </Button>
      </div>
    </section>
  );
}

/** The button that was pressed goes away: what it would change is where its reader goes on. */
function focusWaysIn(): void {
  document.getElementById("ways-in-title")?.focus({ preventScroll: true });
}
