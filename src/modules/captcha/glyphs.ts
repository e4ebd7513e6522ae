/**
 * Letters as pen strokes, so that a picture needs no font: a server may have none, and outlines of a known font
 * are easier to match than strokes that are bent differently each time.
 *
 * Left out because people mix them up once bent: 0 O D Q, 1 I, 2 Z, 4 A, 5 S, 6 8 B G, U V, N (beside M
 * and W) and F (a passing line makes it an E).
 */

export type Point = readonly [x: number, y: number];

/** `line`: straight from point to point. `curve`: smooth through all points. */
export interface Stroke {
  readonly shape: "line" | "curve";
  readonly points: readonly Point[];
}

/** Coordinates run from 0 to `width` and from 0 (top) to 1 (foot). */
export interface Glyph {
  readonly width: number;
  readonly strokes: readonly Stroke[];
}

const line = (...points: Point[]): Stroke => ({ shape: "line", points });
const curve = (...points: Point[]): Stroke => ({ shape: "curve", points });

export const glyphs = {
  A: { width: 0.74, strokes: [line([0, 1], [0.37, 0], [0.74, 1]), line([0.14, 0.66], [0.6, 0.66])] },
  C: {
    width: 0.68,
    strokes: [
      curve(
        [0.68, 0.2],
        [0.56, 0.05],
        [0.37, 0],
        [0.14, 0.12],
        [0.02, 0.5],
        [0.14, 0.88],
        [0.37, 1],
        [0.56, 0.95],
        [0.68, 0.8],
      ),
    ],
  },
  E: {
    width: 0.56,
    strokes: [line([0.56, 0], [0, 0], [0, 1], [0.56, 1]), line([0, 0.5], [0.46, 0.5])],
  },
  H: {
    width: 0.64,
    strokes: [line([0, 0], [0, 1]), line([0.64, 0], [0.64, 1]), line([0, 0.5], [0.64, 0.5])],
  },
  J: {
    width: 0.52,
    strokes: [
      line([0.2, 0], [0.52, 0]),
      curve([0.46, 0], [0.46, 0.4], [0.46, 0.74], [0.38, 0.95], [0.2, 1], [0.05, 0.92], [0, 0.76]),
    ],
  },
  K: {
    width: 0.62,
    strokes: [line([0, 0], [0, 1]), line([0.6, 0], [0.02, 0.56]), line([0.2, 0.4], [0.62, 1])],
  },
  L: { width: 0.52, strokes: [line([0, 0], [0, 1], [0.52, 1])] },
  M: { width: 0.82, strokes: [line([0, 1], [0.04, 0], [0.41, 0.66], [0.78, 0], [0.82, 1])] },
  P: {
    width: 0.58,
    strokes: [
      line([0, 0], [0, 1]),
      curve([0, 0], [0.3, 0], [0.52, 0.08], [0.58, 0.28], [0.52, 0.48], [0.3, 0.56], [0, 0.56]),
    ],
  },
  R: {
    width: 0.62,
    strokes: [
      line([0, 0], [0, 1]),
      curve([0, 0], [0.3, 0], [0.5, 0.07], [0.57, 0.26], [0.5, 0.45], [0.3, 0.52], [0, 0.52]),
      line([0.28, 0.52], [0.62, 1]),
    ],
  },
  T: { width: 0.7, strokes: [line([0, 0], [0.7, 0]), line([0.35, 0], [0.35, 1])] },
  W: { width: 0.98, strokes: [line([0, 0], [0.24, 1], [0.49, 0.26], [0.74, 1], [0.98, 0])] },
  X: { width: 0.68, strokes: [line([0, 0], [0.68, 1]), line([0.68, 0], [0, 1])] },
  Y: { width: 0.7, strokes: [line([0, 0], [0.35, 0.48], [0.7, 0]), line([0.35, 0.48], [0.35, 1])] },
  "3": {
    width: 0.56,
    strokes: [
      curve([0.02, 0.12], [0.24, 0], [0.48, 0.08], [0.5, 0.3], [0.38, 0.44], [0.2, 0.47]),
      curve([0.2, 0.47], [0.44, 0.52], [0.56, 0.7], [0.48, 0.92], [0.26, 1], [0.06, 0.95], [0, 0.86]),
    ],
  },
  "7": { width: 0.58, strokes: [line([0, 0], [0.58, 0], [0.2, 1])] },
  "9": {
    width: 0.58,
    strokes: [
      curve(
        [0.56, 0.32],
        [0.46, 0.52],
        [0.26, 0.58],
        [0.06, 0.48],
        [0.02, 0.26],
        [0.14, 0.06],
        [0.34, 0],
        [0.52, 0.1],
        [0.57, 0.32],
        [0.54, 0.66],
        [0.4, 1],
      ),
    ],
  },
} as const satisfies Record<string, Glyph>;

export type CaptchaCharacter = keyof typeof glyphs;

/** Every character an answer can have. */
export const captchaAlphabet = Object.keys(glyphs) as readonly CaptchaCharacter[];
