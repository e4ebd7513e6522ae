"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { trpc } from "../../../../../client/react/trpc";
import type { ClientOutput } from "../../../../../contract/clients";
import { BusyButton } from "../../../../components/button";
import { useHydrated } from "../../../../components/use-hydrated";
import { askAgain } from "../../../../lib/ask-again";
import { ConfirmedAction } from "../../../home/confirmed-action";
import type { Report } from "../../../home/report";
import lists from "../../lists.module.css";
import { Command } from "../../people/[id]/act";
import styles from "../applications.module.css";
import { Copies } from "../copies";
import { KindFields, type WrongField } from "../kind-fields";
import { kindOf, readFields } from "../kinds";
import { useRefused } from "../use-refused";

interface ActsProps {
  client: ClientOutput;
  onReport: (report: Report | null) => void;
}

/** Each with what it does, said before, and with the command that does the same. */
export function Acts({ client, issuer, onReport }: ActsProps & { issuer: string }) {
  const t = useTranslations("admin.applications");
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <div className={styles.acts}>
      <section className={styles.section} aria-labelledby="copies-title">
        <h2 id="copies-title">{t("copies.title")}</h2>
        <Copies issuer={issuer} clientId={client.id} secret={secret} />
      </section>
      {client.authentication === "client_secret" && (
        <RenewSecret client={client} onReport={onReport} onRenewed={setSecret} />
      )}
      <Change client={client} onReport={onReport} />
      <Remove client={client} onReport={onReport} />
    </div>
  );
}

function Change({ client, onReport }: ActsProps) {
  const t = useTranslations("admin.applications");
  const utils = trpc.useUtils();
  const isHydrated = useHydrated();
  const [wrong, setWrong] = useState<WrongField | null>(null);
  const refused = useRefused(onReport, setWrong);
  const change = trpc.clients.change.useMutation({
    onSuccess: async () => {
      await askAgain(utils.clients.list, utils.clients.get);
      onReport({ tone: "calm", words: (said) => said("admin.applications.change.done") });
    },
    onError: (error, input) => refused(error, () => change.mutate(input)),
  });
  const kind = kindOf(client);
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (change.isPending) return;
    setWrong(null);
    onReport(null);
    change.mutate({ id: client.id, ...readFields(kind, new FormData(event.currentTarget)) });
  }
  return (
    <form
      className={styles.section}
      method="post"
      aria-labelledby="change-title"
      noValidate
      onSubmit={submit}
    >
      <h2 id="change-title">{t("change.title")}</h2>
      <p className={styles.hint}>{t("change.text")}</p>
      <KindFields kind={kind} client={client} wrong={wrong} />
      <BusyButton type="submit" disabled={!isHydrated} busy={change.isPending} busyLabel={t("working")}>
        {t("change.label")}
      </BusyButton>
      <Command text={`client change ${client.id} --name NAME`} />
    </form>
  );
}

function RenewSecret({ client, onReport, onRenewed }: ActsProps & { onRenewed: (secret: string) => void }) {
  const t = useTranslations("admin.applications");
  const refused = useRefused(onReport);
  const renew = trpc.clients.renewSecret.useMutation({
    onSuccess: ({ client_secret }) => {
      onRenewed(client_secret);
      onReport({ tone: "calm", words: (said) => said("admin.applications.renew.done") });
    },
    onError: (error, input) => refused(error, () => renew.mutate(input)),
  });
  return (
    <section className={styles.section} aria-labelledby="renew-title">
      <h2 id="renew-title">{t("renew.title")}</h2>
      <p className={styles.hint}>{t("renew.text")}</p>
      <ConfirmedAction
        key={String(renew.isPending)}
        className={lists.confirm}
        label={t("renew.label")}
        question={t("question")}
        confirmLabel={t("confirm", { act: t("renew.label") })}
        busyLabel={t("working")}
        isBusy={renew.isPending}
        onConfirm={() => renew.mutate({ id: client.id })}
      />
      <Command text={`client renew-secret ${client.id}`} />
    </section>
  );
}

function Remove({ client, onReport }: ActsProps) {
  const t = useTranslations("admin.applications");
  const router = useRouter();
  const refused = useRefused(onReport);
  const remove = trpc.clients.remove.useMutation({
    onSuccess: () => router.push("/admin/applications"),
    onError: (error, input) => refused(error, () => remove.mutate(input)),
  });
  return (
    <section className={styles.section} aria-labelledby="remove-title">
      <h2 id="remove-title">{t("remove.title")}</h2>
      <p className={styles.hint}>{t("remove.text", { people: client.people, sessions: client.sessions })}</p>
      <ConfirmedAction
        key={String(remove.isPending)}
        className={lists.confirm}
        label={t("remove.label")}
        question={t("question")}
        confirmLabel={t("confirm", { act: t("remove.label") })}
        busyLabel={t("working")}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate({ id: client.id })}
      />
      <Command text={`client remove ${client.id}`} />
    </section>
  );
}
