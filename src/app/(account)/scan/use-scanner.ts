"use client";

import { type RefObject, useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { nextCamera } from "./other-cameras";
import { runScanner, type ScannerListener, type ScannerState } from "./run-scanner";
import { hasTorch, setTorch } from "./torch";
import { play } from "./watch-picture";

export interface Scanner {
  readonly state: ScannerState;
  /** The light of the camera, where it has one. */
  readonly torch: "none" | "off" | "on";
  /** Starts what does not run: the camera, or only its picture. */
  readonly retry: () => void;
  readonly toggleTorch: () => void;
  /** Takes the next camera; null where there is one at most. */
  readonly turnCamera: (() => void) | null;
}

/**
 * The camera, reading codes for as long as the page is in view. It goes off when the page is hidden or left and when it has
 * found what it looks for, of which `onFound` tells once; and it comes back by itself.
 */
export function useScanner(
  video: RefObject<HTMLVideoElement | null>,
  listener: Pick<ScannerListener, "onFound" | "onForeign">,
): Scanner {
  const isVisible = useVisible();
  const [state, setState] = useState<ScannerState>({ status: "starting", isSlow: false });
  const [torch, setTorchState] = useState<Scanner["torch"]>("none");
  const [next, setNext] = useState<string | null>(null);
  const chosen = useRef<string | null>(null);
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
    const follower: ScannerListener = {
      onState(next) {
        setState(next);
        if (next.status === "failed" && next.why === "stopped") stop.abort();
      },
      onOpen(opened) {
        track.current = opened;
        setTorchState(hasTorch(opened) ? "off" : "none");
        void nextCamera(opened).then((id) => stop.signal.aborted || setNext(id));
      },
      onFound(qrId) {
        stop.abort();
        latest.current.onFound(qrId);
      },
      onForeign: () => latest.current.onForeign(),
    };
    void runScanner(element, chosen.current, follower, stop.signal);
  }, [video]);
  useEffect(() => {
    if (!isVisible) return;
    start();
    return () => running.current?.abort();
  }, [isVisible, start]);

  return {
    state,
    torch,
    retry() {
      // Within the press: browsers that do not play by themselves do when somebody asks for it.
      if (state.status === "failed" && state.why === "paused" && video.current) void play(video.current);
      else start();
    },
    turnCamera:
      next === null
        ? null
        : () => {
            chosen.current = next;
            start();
          },
    async toggleTorch() {
      if (torch === "none" || !track.current) return;
      const wanted = torch === "off" ? "on" : "off";
      if (await setTorch(track.current, wanted === "on")) setTorchState(wanted);
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
