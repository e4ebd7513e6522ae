"use client";

import { useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import { Button, ButtonLink } from "../components/button";
import { StatusLine } from "../components/status-line";
import { useTitle } from "../components/use-title";
import { noAnswerKey } from "../lib/no-answer";
import styles from "./hand-over.module.css";
import { type HandOverView, useHandOver } from "./use-hand-over";

export interface HandOverProps {
  /** The origin of the site. */
  site: string;
  /** The same, as people read it. */
  host: string;
  state: string;
  /** Of this page, to come back to after a sign-in. */
  address: string;
}

/** Gets the one-time code by a proven call and sends it to the site by a form, so that it is in no address. */
export function HandOver({ site, host, state, address }: HandOverProps) {
  const t = useTranslations("handOver");
  const { view, start } = useHandOver({ host, state, address });
  const said = useTranslations("connection");
  const isTroubled = view.status === "wait" || view.status === "unavailable";
  const title = isTroubled ? said("notYet") : t("title");
  useTitle(title);
  return (
    <div className={styles.between}>
      <h1 className={styles.title}>{title}</h1>
      <Status view={view} host={host} />
      {view.status === "ready" && <CodeForm view={view} state={state} label={t("again", { site: host })} />}
      {view.status === "returned" && (
        <ButtonLink look="primary" href={`${site}/`}>
          {t("again", { site: host })}
        </ButtonLink>
      )}
      {isTroubled && <Retry onClick={start} />}
    </div>
  );
}

function Status({ view, host }: { view: HandOverView; host: string }) {
  const t = useTranslations();
  switch (view.status) {
    case "wait": {
      const minutes = Math.ceil(view.seconds / 60);
      return <StatusLine tone="error">{t("connection.wait", { n: minutes })}</StatusLine>;
    }
    case "unavailable":
      return <StatusLine tone="error">{t(noAnswerKey(view.cause, navigator.onLine))}</StatusLine>;
    case "returned":
      return <StatusLine tone="calm">{t("handOver.returned", { site: host })}</StatusLine>;
    default:
      return <StatusLine tone="calm">{t("handOver.working", { site: host })}</StatusLine>;
  }
}

function Retry({ onClick }: { onClick: () => void }) {
  const t = useTranslations("connection");
  return <Button onClick={onClick}>{t("retry")}</Button>;
}

type Ready = Extract<HandOverView, { status: "ready" }>;

function CodeForm({ view, state, label }: { view: Ready; state: string; label: string }) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.submit(), []);
  return (
    <form ref={form} method="post" action={view.action}>
      <input type="hidden" name="code" value={view.code} />
      <input type="hidden" name="state" value={state} />
      {/* For the case that the browser did not send it by itself. */}
      {view.isSlow && (
        <Button look="primary" type="submit">
          {label}
        </Button>
      )}
    </form>
  );
}
