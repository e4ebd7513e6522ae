import type { ReactNode } from "react";

interface GlyphProps {
  /** CSS pixels. */
  size?: number;
  className?: string | undefined;
  /** Paths on a grid of 24. */
  children: ReactNode;
}

/** A picture that says nothing which the text beside it does not say. */
export function Glyph({ size = 24, className, children }: GlyphProps) {
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
