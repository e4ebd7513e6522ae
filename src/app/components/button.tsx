import type { ComponentProps } from "react";
import styles from "./button.module.css";
import { classes } from "./classes";

type Look = "primary" | "secondary" | "danger" | "plain";
type Width = "fit" | "full";

export interface ButtonShape {
  look?: Look;
  width?: Width;
}

type ButtonProps = ButtonShape & Omit<ComponentProps<"button">, "className" | "style">;

/** The class names of a button, for whatever element takes its looks. */
export function buttonClasses({ look = "secondary", width = "fit" }: ButtonShape): string {
  return classes(styles.button, styles[look], width === "full" && styles.wide);
}

/** A button of at least 48 px. It submits nothing unless `type="submit"` says so. */
export function Button({ look, width, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={buttonClasses({ ...(look && { look }), ...(width && { width }) })}
      {...rest}
    />
  );
}

type ButtonLinkProps = ButtonShape & Omit<ComponentProps<"a">, "className" | "style">;

/** A link with the look of a button. It loads a whole new page, and costs no script. */
export function ButtonLink({ look, width, children, ...rest }: ButtonLinkProps) {
  return (
    <a className={buttonClasses({ ...(look && { look }), ...(width && { width }) })} {...rest}>
      {children}
    </a>
  );
}

interface BusyButtonProps extends ButtonProps {
  busy: boolean;
  busyLabel: string;
}

/**
 * A button that works for a while. It stays focusable and keeps its size meanwhile, and pressing it again does
 * nothing: a disabled button would drop the focus of keyboard and screen reader.
 */
export function BusyButton({ busy, busyLabel, children, onClick, ...rest }: BusyButtonProps) {
  return (
    <Button
      aria-disabled={busy}
      onClick={(event) => {
        if (busy) {
          event.preventDefault();
        } else {
          onClick?.(event);
        }
      }}
      {...rest}
    >
      {busy ? busyLabel : children}
    </Button>
  );
}
