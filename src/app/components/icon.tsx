import type { ReactNode } from "react";

interface IconProps {
  /** CSS pixels. */
  size?: number;
  className?: string | undefined;
  /** Paths on a grid of 24. */
  children: ReactNode;
}

/** A picture that says nothing which the text beside it does not say. */
export function Icon({ size = 24, className, children }: IconProps) {
  return (
    <svg
      aria-hidden="true"
      focusable="false"
      viewBox="0 0 24 24"
      width={size}
      height={size}
      className={className}
    >
      {children}
    </svg>
  );
}
