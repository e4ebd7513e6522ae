"use client";

import { useEffect, useState } from "react";

/** The shape of a secret in a link of ours: anything else after `#` is none. */
const secretPattern = /^#[\w-]{20,256}$/;

let taken: string | null | undefined;

/**
 * The secret of the link that the page was opened by. A newer link, pasted over the page, loads it anew.
 *
 * @returns null when there is none; undefined until that is known, which is in browsers only
 */
export function useLinkSecret(): string | null | undefined {
  const [secret, setSecret] = useState<string | null>();
  useEffect(() => setSecret(takeLinkSecret()), []);
  useEffect(watchForNewerLink, []);
  return secret;
}

/**
 * Takes the secret of a link out of the address bar, where it would stay in the history and in screenshots.
 *
 * @returns null when there is none; the same answer however often it is asked
 */
function takeLinkSecret(): string | null {
  if (taken === undefined || window.location.hash !== "") {
    const { hash, pathname, search } = window.location;
    taken = secretPattern.test(hash) ? hash.slice(1) : (taken ?? null);
    if (hash !== "") cleanAddress(pathname + search);
  }
  return taken;
}

/**
 * The router keeps the address that the page was opened with, and writes it again when the page changes its language. It hears
 * of another one when somebody else's state comes with it, once it listens: that begins after the first effects of a page.
 */
function cleanAddress(address: string): void {
  window.history.replaceState(window.history.state, "", address);
  setTimeout(() => window.history.replaceState(null, "", address));
}

/** A newer link, pasted over this page, changes only what comes after `#`: the page has to reload itself. */
function watchForNewerLink(): () => void {
  const reload = () => {
    if (secretPattern.test(window.location.hash)) window.location.reload();
  };
  window.addEventListener("hashchange", reload);
  return () => window.removeEventListener("hashchange", reload);
}
