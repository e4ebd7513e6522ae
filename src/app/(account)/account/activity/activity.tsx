"use client";

import { useLocale, useTranslations } from "next-intl";
import { trpc } from "../../../../client/react/trpc";
import { auditSentence } from "../../../components/audit-sentence";
import { BusyButton, Button } from "../../../components/button";
import { PageTitle } from "../../../components/page-title";
import { StatusLine } from "../../../components/status-line";
import homeStyles from "../../home/home.module.css";
import { momentText } from "../../home/time-text";
import itemStyles from "../item.module.css";

/** What happened to the account, the newest first, a sentence each. */
export function Activity() {
  const t = useTranslations();
  const locale = useLocale();
  const me = trpc.auth.me.useQuery();
  const pages = trpc.account.activity.useInfiniteQuery(
    { limit: 30 },
    { getNextPageParam: (last) => last.next_cursor ?? undefined },
  );
  const viewerId = me.data?.user.id;
  const events = viewerId === undefined ? [] : (pages.data?.pages.flatMap((page) => page.events) ?? []);
  const isThere = viewerId !== undefined && pages.data !== undefined;
  const hasFailed = pages.isError || me.isError;
  const retry = () => {
    if (me.isError) void me.refetch();
    if (pages.isFetchNextPageError) void pages.fetchNextPage();
    else if (pages.isError) void pages.refetch();
  };
  return (
    <div className={homeStyles.home}>
      <PageTitle title={t("account.activity.title")}>{t("account.activity.lead")}</PageTitle>
      <StatusLine tone={hasFailed ? "error" : "calm"}>
        {hasFailed ? t("account.failed") : isThere ? null : t("account.loading")}
      </StatusLine>
      {hasFailed && <Button onClick={retry}>{t("connection.retry")}</Button>}
      {isThere && events.length === 0 && <p className={homeStyles.empty}>{t("account.activity.none")}</p>}
      <ul aria-label={t("account.activity.title")}>
        {events.map((event) => (
          <li key={event.id} className={itemStyles.item}>
            <div className={itemStyles.text}>
              <p>{auditSentence(t, event, viewerId ?? null)}</p>
              <p className={itemStyles.facts}>
                <span>{momentText(locale, event.at)}</span>
                {event.address !== null && <span>{t("home.address", { address: event.address })}</span>}
              </p>
            </div>
          </li>
        ))}
      </ul>
      {pages.hasNextPage && !hasFailed && (
        <BusyButton
          busy={pages.isFetchingNextPage}
          busyLabel={t("account.loading")}
          onClick={() => void pages.fetchNextPage()}
        >
          {t("account.activity.older")}
        </BusyButton>
      )}
    </div>
  );
}
