import type { Elements } from "../../components/elements";
import { Glyph } from "../../components/glyph";
import styles from "./outcome.module.css";

const paths = {
  yes: "M5.5 12.5 10 17 18.5 7.5",
  no: "M7 7l10 10M17 7 7 17",
  note: "M12 6.5v7m0 3.5v.01",
  wait: "M12 6.5V12l3.5 2.5M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z",
} as const;

interface OutcomeProps {
  sign: keyof typeof paths;
  title: string;
  text: string;
  children?: Elements;
}

/** A calm screen that says one thing. */
export function Outcome({ sign, title, text, children }: OutcomeProps) {
  return (
    <div className={styles.outcome}>
      <span className={styles.sign} data-sign={sign}>
        <Glyph size={28}>
          <path d={paths[sign]} />
        </Glyph>
      </span>
      <h1 tabIndex={-1}>{title}</h1>
      <p className={styles.text}>{text}</p>
      {children && <div className={styles.ways}>{children}</div>}
    </div>
  );
}
