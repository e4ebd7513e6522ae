"use client";

import { useEffect } from "react";

/** A page that the Back button brings out of the browser's store may be of a session that is over: it is asked for anew. */
export function ReloadOnReturn() {
  useEffect(() => {
    const reload = (event: PageTransitionEvent) => {
      if (event.persisted) window.location.reload();
    };
    window.addEventListener("pageshow", reload);
    return () => window.removeEventListener("pageshow", reload);
  }, []);
  return null;
}
