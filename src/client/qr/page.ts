/** What the sign-in has to know about its page. */
export interface PageSurroundings {
  /** Whether somebody can see it. */
  isVisible(): boolean;
  /** False only when it is sure that there is no network. */
  isOnline(): boolean;
  /** Visibility or network have changed. @returns how to stop listening */
  onChange(listener: () => void): () => void;
  /** The page goes, for good or into the store of the Back button; "returned" when it comes out of there again. */
  onLeave(listener: (what: "left" | "returned") => void): () => void;
}

/** The page this script runs in. Where there is none, as in Node, somebody looks and there is a network. */
export function currentPage(): PageSurroundings {
  const page = globalThis.document;
  return {
    isVisible: () => page === undefined || page.visibilityState === "visible",
    isOnline: () => globalThis.navigator?.onLine !== false,
    onChange(listener) {
      const stops = [
        on(page, "visibilitychange", listener),
        on(globalThis.window, "online", listener),
        on(globalThis.window, "offline", listener),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
    onLeave(listener) {
      const stops = [
        on(globalThis.window, "pagehide", () => listener("left")),
        on(globalThis.window, "pageshow", (event) => {
          if ("persisted" in event && event.persisted === true) listener("returned");
        }),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

function on(target: EventTarget | undefined, type: string, listener: (event: Event) => void): () => void {
  target?.addEventListener(type, listener);
  return () => target?.removeEventListener(type, listener);
}
