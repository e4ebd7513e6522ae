import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./status-line.module.css";

interface StatusLineProps {
  id?: string;
  tone: "calm" | "error";
  children: ReactNode;
}

/**
 * The one place of a page that screen readers announce. It is there, with its room, before it has anything to say: so nothing
 * moves when it does, and a screen reader hears it (WCAG 2.2, 4.1.3).
 */
export function StatusLine({ id, tone, children }: StatusLineProps) {
  return (
    <p
      id={id}
      role="status"
      aria-live="polite"
      className={classes(styles.status, tone === "error" && styles.error)}
    >
      {children}
    </p>
  );
}
