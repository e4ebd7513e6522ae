import { Glyph } from "./glyph";

/** A key. The words beside it say of what. */
export function KeyIcon() {
  return (
    <Glyph>
      <g fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round">
        <path d="M12 16a4 4 0 1 1-8 0 4 4 0 0 1 8 0Zm-1.2-2.8L20 4m-3 3 2.5 2.5M14 10l2 2" />
      </g>
    </Glyph>
  );
}
