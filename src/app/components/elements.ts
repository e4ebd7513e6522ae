import type { ReactElement } from "react";

type Element = ReactElement | false | null | undefined;

/**
 * What may be beside other children: elements, and no bare text. A browser's translation wraps each text, and React does
 * not find one again that has no element of its own.
 */
export type Elements = Element | readonly Element[];
