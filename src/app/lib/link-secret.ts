"use client";

/** The shape of a secret in a link of ours: anything else after `#` is none. */
const secretPattern = /^#[\w-]{20,256}$/;

let taken: string | null | undefined;

/**
 * Takes the secret of a link out of the address bar, where it would stay in the history and in screenshots.
 *
 * @returns null when there is none; the same answer however often it is asked
 */
export function takeLinkSecret(): string | null {
  if (taken === undefined || window.location.hash !== "") {
    const { hash, pathname, search } = window.location;
    taken = secretPattern.test(hash) ? hash.slice(1) : (taken ?? null);
    if (hash !== "") window.history.replaceState(window.history.state, "", pathname + search);
  }
  return taken;
}

/** A newer link, pasted over this page, changes only what comes after `#`: the page has to reload itself. */
export function watchForNewerLink(): () => void {
  const reload = () => {
    if (secretPattern.test(window.location.hash)) window.location.reload();
  };
  window.addEventListener("hashchange", reload);
  return () => window.removeEventListener("hashchange", reload);
}
