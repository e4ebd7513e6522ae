import type { Buffer } from "node:buffer";
import type { SKRSContext2D } from "@napi-rs/canvas";
import type { RandomSource } from "../ports";
import { bend, type Placement, place, type Warp } from "./geometry";
import { type CaptchaCharacter, captchaAlphabet, type Glyph, glyphs, type Point } from "./glyphs";

/** Device pixels; shown at half of it in CSS pixels, so that it is sharp on dense screens. */
export const captchaImageSize = { width: 480, height: 160 } as const;

/** Six would have to be so close that people misread them; a wrong answer uses the picture up, so five are enough. */
const ANSWER_LENGTH = 5;
const GLYPH_HEIGHT = 92;
const PEN_WIDTH = 13;

/** A captcha picture, and what a person should read in it: five characters of {@link captchaAlphabet}. */
export interface CaptchaImage {
  readonly answer: string;
  /** PNG without metadata, 480 by 160 pixels. */
  readonly png: Buffer;
}

/** The same, after the picture has come from another thread, where a Buffer is bytes like any others. */
export interface DrawnCaptcha {
  readonly answer: string;
  readonly png: Uint8Array;
}

/**
 * Draws a picture that people read and that tesseract does not (at most 2 of 200, see
 * `tests/integration/captcha-ocr.test.ts`). Raster only: outlines in an SVG can be read back.
 *
 * It keeps casual scripts out. A model trained on these pictures will read them: limits must hold without it.
 */
export async function drawCaptcha(random: RandomSource): Promise<CaptchaImage> {
  // By the first picture: this takes a tenth of a second, and most processes draw none.
  const { createCanvas } = await import("@napi-rs/canvas");
  const dice = createDice(random);
  const answer = pickAnswer(random);
  const { width, height } = captchaImageSize;
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  const hue = random.integer(360);
  const paper = `hsl(${hue} 40% 96%)`;
  const ink = `hsl(${(hue + 180) % 360} 55% ${Math.round(dice.between(18, 26))}%)`;
  context.lineJoin = "round";
  context.lineCap = "round";
  context.strokeStyle = ink;
  context.fillStyle = ink;
  drawNoiseArcs(context, dice);
  drawGlyphs(context, dice, answer, makeWarp(dice));
  // The plate stays transparent until the end, so that cutting, and swapping ink for paper, are one operation each.
  context.globalCompositeOperation = "destination-out";
  drawCut(context, dice);
  context.globalCompositeOperation = "source-over";
  drawThread(context, dice);
  context.globalCompositeOperation = "xor";
  fillTide(context, dice);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = paper;
  context.fillRect(0, 0, width, height);
  return { answer: answer.join(""), png: canvas.toBuffer("image/png") };
}

interface Dice {
  /** Uniform in `[low, high)`. */
  between(low: number, high: number): number;
  /** Uniform in `(-reach, reach)`. */
  around(reach: number): number;
}

function createDice(random: RandomSource): Dice {
  const steps = 2 ** 20;
  const between = (low: number, high: number) => low + (random.integer(steps) / steps) * (high - low);
  return { between, around: (reach) => between(-reach, reach) };
}

function pickAnswer(random: RandomSource): CaptchaCharacter[] {
  const answer: CaptchaCharacter[] = [];
  while (answer.length < ANSWER_LENGTH) {
    const character = captchaAlphabet[random.integer(captchaAlphabet.length)];
    // Twins side by side melt into one shape once they overlap.
    if (character !== undefined && character !== answer.at(-1)) {
      answer.push(character);
    }
  }
  return answer;
}

function makeWarp(dice: Dice): Warp {
  const wave = (amplitudeLow: number, amplitudeHigh: number, lengthLow: number, lengthHigh: number) => ({
    amplitude: dice.between(amplitudeLow, amplitudeHigh),
    frequency: (2 * Math.PI) / dice.between(lengthLow, lengthHigh),
    phase: dice.between(0, 2 * Math.PI),
  });
  return { vertical: wave(7, 12, 150, 260), horizontal: wave(4, 7, 90, 160), ripple: wave(1.5, 3, 45, 70) };
}

function drawGlyphs(
  context: SKRSContext2D,
  dice: Dice,
  answer: readonly CaptchaCharacter[],
  warp: Warp,
): void {
  const placements = layOut(dice, answer);
  answer.forEach((character, index) => {
    const placement = placements[index];
    if (placement === undefined) {
      return;
    }
    const glyph: Glyph = glyphs[character];
    for (const stroke of glyph.strokes) {
      context.lineWidth = PEN_WIDTH * dice.between(0.85, 1.15);
      const jittered = {
        shape: stroke.shape,
        points: stroke.points.map(([x, y]): Point => [x + dice.around(0.03), y + dice.around(0.03)]),
      };
      trace(context, bend(place(jittered, placement), warp));
    }
  });
}

/** Side by side, now and then touching, centred, each turned, sheared and scaled by itself. */
function layOut(dice: Dice, answer: readonly CaptchaCharacter[]): Placement[] {
  const scales = answer.map(() => GLYPH_HEIGHT * dice.between(0.86, 1.12));
  // Pen width is ink too: without it narrow letters would be swallowed by their neighbours.
  const advances = answer.map(
    (character, index) => glyphs[character].width * (scales[index] ?? 0) + PEN_WIDTH * dice.between(1.5, 2),
  );
  const total = advances.reduce((sum, advance) => sum + advance, 0);
  const squeeze = Math.min(1, (captchaImageSize.width - 40) / total);
  let x = (captchaImageSize.width - total * squeeze) / 2 + dice.around(8);
  return answer.map((character, index) => {
    const advance = (advances[index] ?? 0) * squeeze;
    const scale = scales[index] ?? 0;
    const placement: Placement = {
      glyphWidth: glyphs[character].width,
      centreX: x + advance / 2,
      centreY: captchaImageSize.height / 2 + dice.around(11),
      scaleX: scale * squeeze,
      scaleY: scale,
      turnInRadians: dice.around(0.24),
      shear: dice.around(0.22),
    };
    x += advance;
    return placement;
  });
}

/** Short bows of the ink's colour around the letters: they look like parts of letters to a machine. */
function drawNoiseArcs(context: SKRSContext2D, dice: Dice): void {
  const { width, height } = captchaImageSize;
  for (let count = 0; count < 5; count++) {
    const start = dice.between(0, 2 * Math.PI);
    context.lineWidth = dice.between(2, 3.5);
    context.beginPath();
    context.arc(
      dice.between(0, width),
      dice.between(0, height),
      dice.between(8, 34),
      start,
      start + dice.between(0.8, 2.4),
    );
    context.stroke();
  }
}

/** A thin gap through all letters: each falls into pieces, and a reader's eye closes them. */
function drawCut(context: SKRSContext2D, dice: Dice): void {
  context.lineWidth = dice.between(2.5, 3.5);
  trace(context, crossing(dice, dice.between(35, 125), 30));
}

/** A line through all letters that joins them, far thinner than the pen so that people can tell it apart. */
function drawThread(context: SKRSContext2D, dice: Dice): void {
  context.lineWidth = dice.between(3, 4);
  trace(context, crossing(dice, dice.between(55, 105), 30));
}

/** Swaps ink and paper on one side of a tall wave: eyes follow a letter across its shore, thresholds do not. */
function fillTide(context: SKRSContext2D, dice: Dice): void {
  const { width, height } = captchaImageSize;
  const length = dice.between(55, 80);
  const phase = dice.between(0, 7);
  const ripple = dice.between(14, 22);
  const ripplePhase = dice.between(0, 7);
  const slope = dice.around(0.25);
  context.beginPath();
  context.moveTo(-10, height + 10);
  for (let x = -10; x <= width + 10; x += 4) {
    const wave = 60 * Math.sin(x / length + phase) + 8 * Math.sin(x / ripple + ripplePhase);
    context.lineTo(x, height / 2 + wave + slope * (x - width / 2));
  }
  context.lineTo(width + 10, height + 10);
  context.closePath();
  context.fill();
}

function crossing(dice: Dice, middle: number, reach: number): Point[] {
  const first = dice.between(50, 90);
  const second = dice.between(25, 45);
  const firstPhase = dice.between(0, 7);
  const secondPhase = dice.between(0, 7);
  const slope = dice.around(0.1);
  const points: Point[] = [];
  for (let x = -10; x <= captchaImageSize.width + 10; x += 6) {
    const wave = 0.7 * Math.sin(x / first + firstPhase) + 0.3 * Math.sin(x / second + secondPhase);
    points.push([x, middle + reach * wave + slope * (x - captchaImageSize.width / 2)]);
  }
  return points;
}

function trace(context: SKRSContext2D, points: readonly Point[]): void {
  context.beginPath();
  for (const [x, y] of points) {
    context.lineTo(x, y);
  }
  context.stroke();
}
