"use client";

import { type RefObject, useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { readFrames } from "./frame-reader";
import { type CameraProblem, hasTorch, openCamera, setTorch } from "./open-camera";
import { readScannedText } from "./scanned-text";

export type ScannerState =
  | { readonly status: "starting" }
  | { readonly status: "running"; readonly torch: "none" | "off" | "on" }
  | { readonly status: "failed"; readonly why: CameraProblem };

export interface Scanner {
  readonly state: ScannerState;
  readonly retry: () => void;
  readonly toggleTorch: () => void;
}

interface ScannerListener {
  /** Once, with the id of a sign-in code of this site; the camera is off by then. */
  readonly onFound: (qrId: string) => void;
  /** A code of something else is in the picture. */
  readonly onForeign: () => void;
}

/**
 * The camera, reading codes for as long as the page is in view. It goes off when the page is hidden or left and when it has
 * found what it looks for; and it comes back by itself.
 */
export function useScanner(video: RefObject<HTMLVideoElement | null>, listener: ScannerListener): Scanner {
  const isVisible = useVisible();
  const [state, setState] = useState<ScannerState>({ status: "starting" });
  const track = useRef<MediaStreamTrack | null>(null);
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });

  const running = useRef<AbortController>(undefined);
  const start = useCallback(() => {
    running.current?.abort();
    const element = video.current;
    if (!element) return;
    const stop = new AbortController();
    running.current = stop;
    const { signal } = stop;
    const read = (texts: readonly string[]) => {
      const { origin } = window.location;
      const id = texts.map((text) => readScannedText(text, origin)).find((found) => found !== null);
      if (id === undefined) return latest.current.onForeign();
      stop.abort();
      latest.current.onFound(id);
    };
    setState({ status: "starting" });
    void openCamera(element, signal).then((opened) => {
      if (signal.aborted) return;
      if (opened.status === "failed") return setState(opened);
      track.current = opened.track;
      opened.track.addEventListener("ended", () => setState({ status: "failed", why: "busy" }), { signal });
      setState({ status: "running", torch: hasTorch(opened.track) ? "off" : "none" });
      return readFrames(element, read, signal);
    });
  }, [video]);
  useEffect(() => {
    if (!isVisible) return;
    start();
    return () => running.current?.abort();
  }, [isVisible, start]);

  return {
    state,
    retry: start,
    async toggleTorch() {
      if (state.status !== "running" || state.torch === "none" || !track.current) return;
      const isWanted = state.torch === "off";
      if (await setTorch(track.current, isWanted))
        setState({ status: "running", torch: isWanted ? "on" : "off" });
    },
  };
}

function useVisible(): boolean {
  return useSyncExternalStore(
    (listener) => {
      document.addEventListener("visibilitychange", listener);
      return () => document.removeEventListener("visibilitychange", listener);
    },
    () => document.visibilityState === "visible",
    () => false,
  );
}
