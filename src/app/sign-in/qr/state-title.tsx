"use client";

import { useTitle } from "../../components/use-title";

/** Names the tab after a state, for as long as the state is shown. */
export function StateTitle({ title }: { title: string }) {
  useTitle(title);
  return null;
}
