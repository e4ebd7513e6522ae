"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import type { FormEvent } from "react";
import { Button } from "../../../components/button";
import { TextField } from "../../../components/text-field";
import { useHydrated } from "../../../components/use-hydrated";
import lists from "../lists.module.css";
import styles from "./audit.module.css";
import { type Filters, filtersOf, groupNames, searchOf, typesOf } from "./filters";

/** What is looked for. It goes into the address of the page: that can be sent to somebody, and Back goes back. */
export function Finder({ filters }: { filters: Filters }) {
  const t = useTranslations("admin.audit");
  const router = useRouter();
  const isHydrated = useHydrated();
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    router.push(`/admin/audit${searchOf(filtersOf((name) => String(data.get(name) ?? "")))}`);
  }
  const isOwnList = filters.type !== "" && !groupNames.some((name) => typesOf(name) === filters.type);
  return (
    <form className={styles.finder} method="post" aria-label={t("find")} onSubmit={submit}>
      <TextField
        {...{ id: "user", name: "user", label: t("user"), hint: t("userHint"), defaultValue: filters.user }}
        {...{ autoComplete: "off", maxLength: 256 }}
      />
      <TextField
        {...{
          id: "actor",
          name: "actor",
          label: t("actor"),
          hint: t("actorHint"),
          defaultValue: filters.actor,
        }}
        {...{ autoComplete: "off", maxLength: 256 }}
      />
      <label className={lists.choice}>
        <span>{t("type")}</span>
        <select name="type" className={lists.select} defaultValue={filters.type}>
          <option value="">{t("all")}</option>
          {groupNames.map((name) => (
            <option key={name} value={typesOf(name)}>
              {t(`groups.${name}`)}
            </option>
          ))}
          {isOwnList && <option value={filters.type}>{filters.type}</option>}
        </select>
      </label>
      <TextField id="from" name="from" type="date" label={t("from")} defaultValue={filters.from} />
      <TextField id="to" name="to" type="date" label={t("to")} defaultValue={filters.to} />
      <Button type="submit" look="primary" disabled={!isHydrated}>
        {t("submit")}
      </Button>
    </form>
  );
}
