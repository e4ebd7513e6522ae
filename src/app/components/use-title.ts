"use client";

import { useEffect } from "react";

const SITE_NAME = "Countersign";

/** Names the tab after the state that the page has come to, for as long as it is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    const wanted = `${title} · ${SITE_NAME}`;
    let titleOfPage = document.title;
    const apply = () => {
      if (document.title === wanted) return;
      titleOfPage = document.title;
      document.title = wanted;
    };
    apply();
    // The page's own title is streamed, and may arrive after this state does.
    const observer = new MutationObserver(apply);
    observer.observe(document.head, { childList: true, characterData: true, subtree: true });
    return () => {
      observer.disconnect();
      document.title = titleOfPage;
    };
  }, [title]);
}
