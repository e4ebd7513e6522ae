"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { trpc } from "../../../../client/react/trpc";
import type { ListedUser } from "../../../../contract/administration";
import { Button } from "../../../components/button";
import { MoreButton } from "../../../components/more-button";
import { StatusLine } from "../../../components/status-line";
import { TextField } from "../../../components/text-field";
import { useHydrated } from "../../../components/use-hydrated";
import lists from "../lists.module.css";
import styles from "./people.module.css";

interface Filters {
  readonly query: string;
  readonly status: "" | "open" | "disabled";
  readonly role: "" | "owner" | "admin" | "user";
}

const none: Filters = { query: "", status: "", role: "" };

/** All users, a page at a time, and those that are looked for. */
export function People() {
  const t = useTranslations("admin.people");
  const [filters, setFilters] = useState(none);
  const list = trpc.administration.users.useInfiniteQuery(
    {
      ...(filters.query && { query: filters.query }),
      ...(filters.status && { status: filters.status }),
      ...(filters.role && { role: filters.role }),
    },
    { getNextPageParam: ({ next_cursor: next }) => next },
  );
  const users = list.data?.pages.flatMap((page) => page.users) ?? [];
  const text = list.isPending ? t("loading") : list.isError ? t("failed") : null;
  return (
    <>
      <Finder onFind={setFilters} />
      <StatusLine tone={list.isError ? "error" : "calm"}>{text}</StatusLine>
      {list.isError && <Button onClick={() => void list.refetch()}>{t("retry")}</Button>}
      {list.isSuccess && users.length === 0 && <p className={lists.empty}>{t("empty")}</p>}
      <ul className={lists.list} aria-label={t("title")}>
        {users.map((user) => (
          <PersonLine key={user.id} user={user} />
        ))}
      </ul>
      <MoreButton list={list} label={t("more")} busyLabel={t("loading")} />
    </>
  );
}

function Finder({ onFind }: { onFind: (filters: Filters) => void }) {
  const t = useTranslations("admin");
  const isHydrated = useHydrated();
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => String(data.get(name) ?? "").trim();
    onFind({
      query: text("query"),
      status: text("status") as Filters["status"],
      role: text("role") as Filters["role"],
    });
  }
  return (
    <form className={styles.finder} method="post" aria-label={t("people.find")} onSubmit={submit}>
      <div className={styles.query}>
        <TextField
          id="query"
          name="query"
          type="search"
          label={t("people.query")}
          hint={t("people.queryHint")}
          autoComplete="off"
          maxLength={256}
        />
      </div>
      <label className={lists.choice}>
        <span>{t("people.status")}</span>
        <select name="status" className={lists.select}>
          <option value="">{t("people.all")}</option>
          <option value="open">{t("people.open")}</option>
          <option value="disabled">{t("people.disabled")}</option>
        </select>
      </label>
      <label className={lists.choice}>
        <span>{t("people.role")}</span>
        <select name="role" className={lists.select}>
          <option value="">{t("people.all")}</option>
          <option value="owner">{t("roles.owner")}</option>
          <option value="admin">{t("roles.admin")}</option>
          <option value="user">{t("roles.user")}</option>
        </select>
      </label>
      <Button type="submit" look="primary" disabled={!isHydrated}>
        {t("people.submit")}
      </Button>
    </form>
  );
}

function PersonLine({ user }: { user: ListedUser }) {
  const t = useTranslations("admin");
  return (
    <li>
      <Link className={lists.line} href={`/admin/people/${user.id}`} prefetch={false}>
        <span className={lists.name} translate="no">
          {user.display_name}
        </span>
        <span className={lists.facts}>
          <span translate="no">{user.username}</span>
          {user.roles.map((role) => (
            <span key={role}>{t(`roles.${role}`)}</span>
          ))}
          {user.status === "disabled" && <strong>{t("people.disabled")}</strong>}
        </span>
      </Link>
    </li>
  );
}
