import type { ReactNode } from "react";
import styles from "./card.module.css";
import { classes } from "./classes";

interface CardProps {
  /** `narrow` holds one form of 360 px; `wide` is the full card of 840 px; `pair` is wide where two columns fit. */
  size: "narrow" | "wide" | "pair";
  align?: "start" | "centre";
  /** `top` is for what changes its height while it is shown: a narrow card is in the middle otherwise, and would move. */
  place?: "middle" | "top";
  children: ReactNode;
}

/** The one card of a page, inside its main landmark. */
export function Card({ size, align = "start", place = "middle", children }: CardProps) {
  const names = [align === "centre" && styles.centred, place === "top" && styles.top];
  return (
    <main id="content" tabIndex={-1} className={styles.main}>
      <div className={classes(styles.card, styles[size], ...names)}>{children}</div>
    </main>
  );
}
