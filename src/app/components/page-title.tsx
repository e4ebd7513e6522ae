import styles from "./page-title.module.css";

/** The first heading of a card, with a line under it. */
export function PageTitle({ title, children }: { title: string; children?: string | null }) {
  return (
    <div className={styles.heading}>
      <h1 tabIndex={-1}>{title}</h1>
      {children && <p className={styles.lead}>{children}</p>}
    </div>
  );
}
