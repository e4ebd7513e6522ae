/** Where the points of a captcha's strokes go. Pure. */
import type { Point, Stroke } from "./glyphs";

export interface Placement {
  readonly glyphWidth: number;
  readonly centreX: number;
  readonly centreY: number;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly turnInRadians: number;
  readonly shear: number;
}

interface Wave {
  readonly amplitude: number;
  readonly frequency: number;
  readonly phase: number;
}

/** Sine displacement of the whole picture. `vertical` and `ripple` move up and down, `horizontal` sideways. */
export interface Warp {
  readonly vertical: Wave;
  readonly horizontal: Wave;
  readonly ripple: Wave;
}

const STEPS_PER_SPAN = 12;

/** @returns the stroke as closely spaced points in pixels */
export function place(stroke: Stroke, placement: Placement): Point[] {
  const cos = Math.cos(placement.turnInRadians);
  const sin = Math.sin(placement.turnInRadians);
  return subdivide(stroke).map(([unitX, unitY]): Point => {
    const y = (unitY - 0.5) * placement.scaleY;
    const x = (unitX - placement.glyphWidth / 2) * placement.scaleX - placement.shear * y;
    return [placement.centreX + x * cos - y * sin, placement.centreY + x * sin + y * cos];
  });
}

/** Displaces points rather than pixels: the same bend, without the blur and at a fraction of the cost. */
export function bend(points: readonly Point[], warp: Warp): Point[] {
  const at = (wave: Wave, position: number) =>
    wave.amplitude * Math.sin(position * wave.frequency + wave.phase);
  return points.map(
    ([x, y]): Point => [x + at(warp.horizontal, y), y + at(warp.vertical, x) + at(warp.ripple, x + y)],
  );
}

function subdivide({ shape, points }: Stroke): Point[] {
  const dense: Point[] = [];
  for (let index = 0; index + 1 < points.length; index++) {
    const from = points[index] ?? [0, 0];
    const to = points[index + 1] ?? from;
    const before = points[index - 1] ?? from;
    const after = points[index + 2] ?? to;
    for (let step = 0; step <= STEPS_PER_SPAN; step++) {
      const t = step / STEPS_PER_SPAN;
      dense.push(
        shape === "line"
          ? [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t]
          : [
              catmullRom(before[0], from[0], to[0], after[0], t),
              catmullRom(before[1], from[1], to[1], after[1], t),
            ],
      );
    }
  }
  return dense;
}

function catmullRom(before: number, from: number, to: number, after: number, t: number): number {
  return (
    0.5 *
    (2 * from +
      (to - before) * t +
      (2 * before - 5 * from + 4 * to - after) * t ** 2 +
      (3 * from - before - 3 * to + after) * t ** 3)
  );
}
