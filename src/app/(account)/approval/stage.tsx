"use client";

import { createContext, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { Elements } from "../../components/elements";
import { StatusLine } from "../../components/status-line";
import { VisuallyHidden } from "../../components/visually-hidden";

interface Saying {
  readonly text: string | null;
  readonly tone: "calm" | "error";
  /** "spoken": the page shows it elsewhere. "title": it is the heading, read out also by getting the focus. */
  readonly as: "shown" | "spoken" | "title";
}

const SayContext = createContext<(saying: Saying | null) => void>(() => {});

interface StageProps {
  /** Changes with the screen. */
  screen: string;
  /** Whether it was opened by something its user has just done on this page. */
  isByAct: boolean;
  children: Elements;
}

/**
 * Holds the screens of one request, and the one status node that speaks for all of them. Once its user has done something
 * here, each new screen gets the focus on its heading; before that nothing moves the focus, and a new screen is spoken.
 */
export function Stage({ screen, isByAct, children }: StageProps) {
  const box = useRef<HTMLDivElement>(null);
  const hasActed = useRef(isByAct);
  const shownScreen = useRef(isByAct ? null : screen);
  const [saying, setSaying] = useState<Saying | null>(null);
  useEffect(() => {
    const stage = box.current;
    if (!stage) return;
    const note = () => {
      hasActed.current = true;
    };
    stage.addEventListener("click", note);
    stage.addEventListener("keydown", note);
    return () => {
      stage.removeEventListener("click", note);
      stage.removeEventListener("keydown", note);
    };
  }, []);
  useEffect(() => {
    if (shownScreen.current === screen) return;
    shownScreen.current = screen;
    if (hasActed.current) box.current?.querySelector("h1")?.focus();
  }, [screen]);
  const say = useMemo(
    () => (next: Saying | null) => {
      const isSaidByFocus = next?.as === "title" && hasActed.current;
      setSaying(isSaidByFocus ? null : next);
    },
    [],
  );
  return (
    <SayContext value={say}>
      <div ref={box}>
        {children}
        <StatusLine tone={saying?.tone ?? "calm"}>
          {saying && (saying.as === "shown" ? saying.text : <VisuallyHidden>{saying.text}</VisuallyHidden>)}
        </StatusLine>
      </div>
    </SayContext>
  );
}

/** Says something in the status node of the stage, for as long as it is so. */
export function useSaying(
  text: string | null,
  tone: Saying["tone"] = "calm",
  as: Saying["as"] = "shown",
): void {
  const say = useContext(SayContext);
  useEffect(() => {
    say({ text, tone, as });
    return () => say(null);
  }, [say, text, tone, as]);
}
