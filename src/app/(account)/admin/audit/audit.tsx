"use client";

import { useSearchParams } from "next/navigation";
import { useTranslations } from "next-intl";
import { trpc } from "../../../../client/react/trpc";
import { Button } from "../../../components/button";
import { MoreButton } from "../../../components/more-button";
import { StatusLine } from "../../../components/status-line";
import { refusalOf } from "../../../lib/refusal-of";
import lists from "../lists.module.css";
import { EventLine } from "./event-line";
import { Export } from "./export";
import { filtersOf, queryOf, searchOf } from "./filters";
import { Finder } from "./finder";

/** The audit trail, a page at a time, as the address of the page says. */
export function Audit() {
  const t = useTranslations("admin.audit");
  const search = useSearchParams();
  const filters = filtersOf((name) => search.get(name));
  const query = queryOf(filters);
  const list = trpc.audit.list.useInfiniteQuery(query, { getNextPageParam: ({ next_cursor: next }) => next });
  const events = list.data?.pages.flatMap((page) => page.events) ?? [];
  const isWrong = list.isError && refusalOf(list.error).reason === "invalid_request";
  const text = list.isPending ? t("loading") : isWrong ? t("wrong") : list.isError ? t("failed") : null;
  return (
    <>
      <Finder key={searchOf(filters)} filters={filters} />
      <StatusLine tone={list.isError ? "error" : "calm"}>{text}</StatusLine>
      {list.isError && !isWrong && <Button onClick={() => void list.refetch()}>{t("retry")}</Button>}
      {list.isSuccess && events.length === 0 && <p className={lists.empty}>{t("empty")}</p>}
      <ul className={lists.list} aria-label={t("title")}>
        {events.map((event) => (
          <EventLine key={event.id} event={event} />
        ))}
      </ul>
      <MoreButton list={list} label={t("more")} busyLabel={t("loading")} />
      {events.length > 0 && <Export query={query} />}
    </>
  );
}
