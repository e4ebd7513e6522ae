import { Children, isValidElement, type ReactNode } from "react";

/** A message of the catalogue with elements in it: each of its pieces of text gets an element too. */
export function RichText({ children }: { children: ReactNode }) {
  return Children.map(children, (piece) => (isValidElement(piece) ? piece : <span>{piece}</span>));
}
