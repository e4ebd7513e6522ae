"use client";

import { type OpenProblem, openCamera } from "./open-camera";
import { readFrames } from "./read-frames";
import { readScannedText } from "./scanned-text";
import { type PictureState, watchPicture } from "./watch-picture";

export type CameraProblem = OpenProblem | Exclude<PictureState, "fine">;

export type ScannerState =
  /** Slow: the browser may be asking its user, or the camera does not answer. */
  | { readonly status: "starting"; readonly isSlow: boolean }
  /** Quiet: it has read no code for a while. */
  | { readonly status: "running"; readonly isQuiet: boolean }
  | { readonly status: "failed"; readonly why: CameraProblem };

const SLOW_AFTER_IN_MS = 3_000;
const QUIET_AFTER_IN_MS = 5_000;

export interface ScannerListener {
  onState(state: ScannerState): void;
  onOpen(track: MediaStreamTrack): void;
  /** With the id of a sign-in code of this site. */
  onFound(qrId: string): void;
  /** A code of something else is in the picture. */
  onForeign(): void;
}

/** Opens the camera and reads codes until the signal ends it. Nothing is thrown. */
export async function runScanner(
  video: HTMLVideoElement,
  deviceId: string | null,
  listener: ScannerListener,
  signal: AbortSignal,
): Promise<void> {
  const { onState } = listener;
  const later = timers(signal);
  onState({ status: "starting", isSlow: false });
  const stopSlow = later(SLOW_AFTER_IN_MS, () => onState({ status: "starting", isSlow: true }));
  const opened = await openCamera(video, deviceId, signal);
  stopSlow();
  if (signal.aborted) return;
  if (opened.status === "failed") return onState(opened);
  listener.onOpen(opened.track);

  let isQuiet = false;
  let picture: PictureState = "fine";
  const show = () =>
    onState(picture === "fine" ? { status: "running", isQuiet } : { status: "failed", why: picture });
  const waitQuietly = () =>
    later(QUIET_AFTER_IN_MS, () => {
      isQuiet = true;
      show();
    });
  let stopQuiet = waitQuietly();
  const read = (texts: readonly string[]) => {
    stopQuiet();
    const { origin } = window.location;
    const id = texts.map((text) => readScannedText(text, origin)).find((found) => found !== null);
    if (id !== undefined) return listener.onFound(id);
    isQuiet = false;
    show();
    listener.onForeign();
    stopQuiet = waitQuietly();
  };
  const noteChange = (state: PictureState) => {
    picture = state;
    show();
  };
  show();
  watchPicture(video, opened.track, noteChange, signal);
  await readFrames(video, read, signal);
}

/** Timers that end with the signal. */
function timers(signal: AbortSignal): (delayInMs: number, act: () => void) => () => void {
  return (delayInMs, act) => {
    const timer = setTimeout(() => {
      if (!signal.aborted) act();
    }, delayInMs);
    return () => clearTimeout(timer);
  };
}
