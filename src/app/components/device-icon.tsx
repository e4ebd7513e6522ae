import { Glyph } from "./glyph";

const phones = /android|ios|iphone/i;

/** A screen or a phone. The name beside it says which. */
export function DeviceIcon({ os }: { os: string | null }) {
  return (
    <Glyph>
      <g fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round">
        {os !== null && phones.test(os) ? (
          <path d="M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3Zm3 15h2" />
        ) : (
          <path d="M4.5 5h15A1.5 1.5 0 0 1 21 6.5v8A1.5 1.5 0 0 1 19.5 16h-15A1.5 1.5 0 0 1 3 14.5v-8A1.5 1.5 0 0 1 4.5 5ZM12 16v3m-4 0h8" />
        )}
      </g>
    </Glyph>
  );
}
