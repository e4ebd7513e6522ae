"use client";

import { hasPicture } from "./read-frames";

/** What becomes of an open camera. */
export type PictureState =
  | "fine"
  /** The browser refuses to play it until somebody presses something. */
  | "paused"
  /** The camera is open and sends nothing: covered, or held by a call. It may come back by itself. */
  | "noPicture"
  /** For good: unplugged, or the permission was taken back. */
  | "stopped";

const LOOK_EVERY_IN_MS = 500;
/** A camera that starts, or is turned around, has no picture for a moment. */
const NO_PICTURE_AFTER_LOOKS = 6;
const PAUSED_AFTER_LOOKS = 2;

/**
 * Keeps the picture playing, and tells of each change of its state. It looks by itself, for not every browser sends an event
 * for each of these.
 */
export function watchPicture(
  video: HTMLVideoElement,
  track: MediaStreamTrack,
  onChange: (state: PictureState) => void,
  signal: AbortSignal,
): void {
  let shown: PictureState = "fine";
  let paused = 0;
  let empty = 0;
  const look = () => {
    paused = video.paused ? paused + 1 : 0;
    empty = track.muted || !hasPicture(video) ? empty + 1 : 0;
    if (video.paused) void play(video);
    const state = stateNow();
    if (state === shown) return;
    shown = state;
    onChange(state);
  };
  const stateNow = (): PictureState => {
    if (track.readyState === "ended") return "stopped";
    if (paused >= PAUSED_AFTER_LOOKS) return "paused";
    return empty >= NO_PICTURE_AFTER_LOOKS ? "noPicture" : "fine";
  };
  void play(video);
  const timer = setInterval(look, LOOK_EVERY_IN_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}

/** Not waited for: a browser may refuse, or never answer. Whether it plays is seen by looking. */
export async function play(video: HTMLVideoElement): Promise<void> {
  await video.play().catch(() => {});
}
