import { Children, isValidElement, type ReactNode } from "react";

/** A message of the catalogue with elements in it: each of its pieces of text gets an element too. */
export function RichText({ children }: { children: ReactNode }) {
  const pieces = Children.toArray(children);
  return pieces.map((piece, index) => {
    if (isValidElement(piece)) return piece;
    // biome-ignore lint/suspicious/noArrayIndexKey: a message has its pieces in one order.
    return <span key={index}>{String(piece)}</span>;
  });
}
