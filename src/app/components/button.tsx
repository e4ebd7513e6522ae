import Link from "next/link";
import type { ComponentProps } from "react";
import styles from "./button.module.css";
import { classes } from "./classes";

type Look = "primary" | "secondary" | "danger" | "plain";
type Width = "fit" | "full";

interface Shape {
  look?: Look;
  width?: Width;
}

type ButtonProps = Shape & Omit<ComponentProps<"button">, "className" | "style">;

function shapeClasses({ look = "secondary", width = "fit" }: Shape): string {
  return classes(styles.button, styles[look], width === "full" && styles.wide);
}

/** A button of at least 48 px. It submits nothing unless `type="submit"` says so. */
export function Button({ look, width, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={shapeClasses({ ...(look && { look }), ...(width && { width }) })}
      {...rest}
    />
  );
}

type ButtonLinkProps = Shape & Omit<ComponentProps<typeof Link>, "className" | "style">;

/** A link with the look of a button: it leads somewhere and does nothing else. */
export function ButtonLink({ look, width, ...rest }: ButtonLinkProps) {
  return <Link className={shapeClasses({ ...(look && { look }), ...(width && { width }) })} {...rest} />;
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
