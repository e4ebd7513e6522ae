"use client";

import { useTranslations } from "next-intl";
import type { FormEvent } from "react";
import { trpc } from "../../../../../client/react/trpc";
import { BusyButton } from "../../../../components/button";
import styles from "../people.module.css";
import { Command } from "./act";
import { type ActsProps, useAct } from "./use-act";

const names = ["owner", "admin", "user"] as const;

/** All roles of a user at once. */
export function Roles({ user, onReport }: ActsProps) {
  const t = useTranslations("admin");
  const { onSuccess, onError } = useAct(onReport);
  const change = trpc.administration.change.useMutation({
    onSuccess: onSuccess("admin.acts.roles.done"),
    onError: (error, input) => onError(() => change.mutate(input))(error),
  });
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const roles = names.filter((name) => data.has(name));
    if (roles.length > 0 && !change.isPending) change.mutate({ id: user.id, roles });
  }
  return (
    <form className={styles.act} method="post" aria-labelledby="act-roles" onSubmit={submit}>
      <h2 id="act-roles">{t("acts.roles.title")}</h2>
      <p>{t("acts.roles.text")}</p>
      <div className={styles.roles} key={user.roles.join()}>
        {names.map((name) => (
          <label key={name} className={styles.role}>
            <input type="checkbox" name={name} defaultChecked={user.roles.includes(name)} />
            <span>{t(`roles.${name}`)}</span>
          </label>
        ))}
      </div>
      <BusyButton type="submit" busy={change.isPending} busyLabel={t("acts.working")}>
        {t("acts.roles.label")}
      </BusyButton>
      <Command text={`user roles ${user.username} ROLES`} />
    </form>
  );
}
