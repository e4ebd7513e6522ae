import type { Live } from "../tabs/live";

/** @returns how to stop */
export type Follow = () => () => void;

/**
 * Listens to the service for as long as somebody on the page shows who is signed in: an end of the session elsewhere is
 * heard at once. However many follow, they share one listener, and so one stream.
 *
 * @param onChange who the user is may have changed
 */
export function createFollow(live: Live, onChange: () => void): Follow {
  let followers = 0;
  let stop = () => {};
  const start = () => {
    let hasBegun = false;
    stop = live.onEvent(({ type }) => {
      // The first stream tells nothing that has not just been asked; a later one comes after a time without any.
      const isBack = type === "ready" && hasBegun;
      hasBegun ||= type === "ready";
      if (type === "account_changed" || isBack) onChange();
    });
  };
  return () => {
    followers += 1;
    if (followers === 1) start();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      followers -= 1;
      if (followers === 0) stop();
    };
  };
}
