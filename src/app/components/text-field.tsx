import type { ComponentProps, ReactElement } from "react";
import { classes } from "./classes";
import styles from "./field.module.css";

export interface TextFieldProps extends Omit<ComponentProps<"input">, "className" | "style"> {
  id: string;
  label: string;
  hint?: string | ReactElement | undefined;
  /** What is wrong with this field; shown under it and read out with it. */
  error?: string | null;
  /** The id of a text elsewhere that explains the field further. */
  explainedBy?: string;
  /** A button inside the field, at its end. */
  action?: ReactElement | undefined;
}

/** A labelled field. The browser keeps its value, so that autofill before hydration is not lost. */
export function TextField({ id, label, hint, error, explainedBy, action, ...input }: TextFieldProps) {
  const described = [hint && `${id}-hint`, error && `${id}-error`, explainedBy].filter(Boolean).join(" ");
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.box}>
        <input
          {...input}
          id={id}
          className={classes(styles.input, action !== undefined && styles.withAction)}
          aria-invalid={error ? true : input["aria-invalid"]}
          aria-describedby={described === "" ? undefined : described}
        />
        {action}
      </div>
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className={styles.error}>
          {error}
        </p>
      )}
    </div>
  );
}
