"use client";

import { useEffect, useRef } from "react";
import type { Elements } from "./elements";
import { PageTitle } from "./page-title";
import { useTitle } from "./use-title";

interface FocusedTitleProps {
  title: string;
  text: string;
  children: Elements;
}

/** What takes the place of a form takes the focus that the form had, so that it is read out. */
export function FocusedTitle({ title, text, children }: FocusedTitleProps) {
  const box = useRef<HTMLDivElement>(null);
  useTitle(title);
  useEffect(() => box.current?.querySelector("h1")?.focus(), []);
  return (
    <div ref={box}>
      <PageTitle title={title}>{text}</PageTitle>
      {children}
    </div>
  );
}
