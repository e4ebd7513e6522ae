"use client";

import dynamic from "next/dynamic";
import { usePathname } from "next/navigation";
import { useEffect, useState } from "react";
import { loadPart } from "../../client/calls/load-part";
import { countersign } from "../lib/countersign";

/** Loaded with the first news only: most pages are left before there is any. A page that cannot load it goes on without. */
const LiveNotices = dynamic(
  () =>
    loadPart(() => import("./home/live-notices")).then(
      (module) => module.LiveNotices,
      () => () => null,
    ),
  { ssr: false },
);

/** A stream that begins this soon tells nothing that was not so when the page was opened. */
const FIRST_READY_IN_MS = 2_000;

/** Tells of a new sign-in on whatever page is open. Home has a list of its own. */
export function SignInNotice() {
  const isHome = usePathname() === "/";
  const [news, setNews] = useState(0);
  const [openedAtInMs] = useState(() => Date.now());
  useEffect(
    () =>
      countersign().live.onEvent(({ type }) => {
        const mayBeNews = type === "ready" && Date.now() - openedAtInMs > FIRST_READY_IN_MS;
        if (type === "sessions_changed" || mayBeNews) setNews((count) => count + 1);
      }),
    [openedAtInMs],
  );
  return isHome || news === 0 ? null : <LiveNotices news={news} openedAtInMs={openedAtInMs} />;
}
