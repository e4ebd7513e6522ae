import { classes } from "../../components/classes";
import { Glyph } from "../../components/glyph";
import styles from "./qr-panel.module.css";

export type SignName = "phone" | "done" | "refused" | "offline" | "fault";

const strokes: Readonly<Record<SignName, string>> = {
  phone:
    "M8 2.5h8a1.5 1.5 0 0 1 1.5 1.5v16a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 20V4A1.5 1.5 0 0 1 8 2.5ZM10.5 18.5h3M9.5 10.5l2 2 3.5-4",
  done: "m5 12.5 4.5 4.5L19 7.5",
  refused: "m7 7 10 10M17 7 7 17",
  offline: "M4 4l16 16M8.5 14.5a5 5 0 0 1 5.4-1M5 11a10 10 0 0 1 4-2.4M12.5 8a10 10 0 0 1 6.5 3M12 18.5h.01",
  fault: "M12 6.5v7M12 17.5h.01",
};

/** A picture for the eye only: the words beside it say the same. */
export function Sign({ sign }: { sign: SignName }) {
  return (
    <span className={classes(styles.sign, sign === "done" && styles.good)}>
      <Glyph size={32}>
        <path
          d={strokes[sign]}
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </Glyph>
    </span>
  );
}
