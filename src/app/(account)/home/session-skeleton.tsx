import { VisuallyHidden } from "../../components/visually-hidden";
import styles from "./session-skeleton.module.css";

/** The shape of one session, as tall as a real one: there is always at least this device's. */
export function SessionSkeleton({ label }: { label: string }) {
  return (
    <div className={styles.item}>
      <VisuallyHidden>{label}</VisuallyHidden>
      <span className={styles.icon} />
      <span className={styles.lines}>
        <span className={styles.line} />
        <span className={styles.line} />
      </span>
    </div>
  );
}
