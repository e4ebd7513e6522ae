"use client";

import { useEffect } from "react";

/** A page that the Back button brings out of the browser's store may belong to a session that has ended: it is loaded again. */
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
