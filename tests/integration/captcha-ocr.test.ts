/** Security bar, line 6: OCR solves at most 2 of 200 pictures. Tesseract, as it comes and after simple clean-ups. */
import { execFileSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Canvas, createCanvas, loadImage } from "@napi-rs/canvas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { captchaAlphabet, captchaImageSize, drawCaptcha } from "../../src/modules/captcha";
import { place } from "../../src/modules/captcha/geometry";
import { type Glyph, glyphs } from "../../src/modules/captcha/glyphs";
import type { RandomSource } from "../../src/modules/ports";

const program = "tesseract";
const PICTURES = 200;
const MAX_SOLVED = 2;
const CHUNK = 25;
const TIMEOUT_IN_MS = 300_000;

const random: RandomSource = { bytes: (length) => randomBytes(length), integer: (max) => randomInt(max) };
const folder = mkdtempSync(join(tmpdir(), "captcha-ocr-"));
const hasTesseract = findTesseract();

interface Picture {
  readonly answer: string;
  readonly canvas: Canvas;
}

type CleanUp = (canvas: Canvas) => Canvas;

/** Each with the page segmentation modes to try: 7 one line, 8 one word, 13 raw line. */
const attacks: readonly { name: string; cleanUp: CleanUp; modes: readonly number[] }[] = [
  { name: "as it comes", cleanUp: (canvas) => canvas, modes: [7, 8, 13] },
  { name: "twice as large", cleanUp: (canvas) => resize(canvas, 2), modes: [7] },
  { name: "smaller, to blur thin lines away", cleanUp: (canvas) => resize(canvas, 0.4), modes: [8] },
  { name: "threshold and median", cleanUp: (canvas) => filter(canvas, [threshold, median]), modes: [8] },
  {
    name: "threshold and opening",
    cleanUp: (canvas) => filter(canvas, [threshold, lighten, darken]),
    modes: [7, 8],
  },
];

beforeAll(() => {
  if (!hasTesseract) {
    console.warn("SKIPPED: tesseract is not installed, so nothing shows that OCR fails on the captcha.");
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("has tesseract where the result counts", () => {
  expect(hasTesseract || process.env.CI === undefined).toBe(true);
});

describe.runIf(hasTesseract)("captcha pictures against tesseract", () => {
  it(
    "reads the same letters when they are drawn plainly, so the attack itself works",
    () => {
      const pictures = Array.from({ length: 25 }, drawPlainly);
      expect(countSolved(pictures, 7)).toBeGreaterThan(12);
    },
    TIMEOUT_IN_MS,
  );

  it(
    `solves at most ${MAX_SOLVED} of ${PICTURES}`,
    async () => {
      const pictures = await Promise.all(Array.from({ length: PICTURES }, drawOne));
      const solved: Record<string, number> = {};
      for (const { name, cleanUp, modes } of attacks) {
        const cleaned = pictures.map(({ answer, canvas }) => ({ answer, canvas: cleanUp(canvas) }));
        for (const mode of modes) {
          solved[`${name}, mode ${mode}`] = countSolved(cleaned, mode);
        }
      }
      const tooMany = Object.entries(solved).filter(([, count]) => count > MAX_SOLVED);
      expect(Object.keys(solved)).toHaveLength(attacks.flatMap(({ modes }) => modes).length);
      expect(tooMany).toEqual([]);
    },
    TIMEOUT_IN_MS,
  );
});

function findTesseract(): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function drawOne(): Promise<Picture> {
  const { answer, png } = await drawCaptcha(random);
  const canvas = createCanvas(captchaImageSize.width, captchaImageSize.height);
  canvas.getContext("2d").drawImage(await loadImage(png), 0, 0);
  return { answer, canvas };
}

function drawPlainly(): Picture {
  const canvas = createCanvas(captchaImageSize.width, captchaImageSize.height);
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.lineWidth = 11;
  const answer = Array.from(
    { length: 5 },
    () => captchaAlphabet[random.integer(captchaAlphabet.length)] ?? "A",
  );
  answer.forEach((character, index) => {
    const glyph: Glyph = glyphs[character];
    const placement = {
      glyphWidth: glyph.width,
      centreX: 60 + index * 90,
      centreY: 80,
      scaleX: 80,
      scaleY: 80,
    };
    for (const stroke of glyph.strokes) {
      context.beginPath();
      for (const [x, y] of place(stroke, { ...placement, turnInRadians: 0, shear: 0 })) {
        context.lineTo(x, y);
      }
      context.stroke();
    }
  });
  return { answer: answer.join(""), canvas };
}

function countSolved(pictures: readonly Picture[], mode: number): number {
  const files = pictures.map(({ canvas }, index) => {
    const file = join(folder, `${index}.png`);
    writeFileSync(file, canvas.toBuffer("image/png"));
    return file;
  });
  const read: string[] = [];
  for (let start = 0; start < files.length; start += CHUNK) {
    read.push(...recognise(files.slice(start, start + CHUNK), mode));
  }
  return pictures.filter(({ answer }, index) => read[index] === answer).length;
}

/** Tesseract crashes on some of the pictures; then the others of the chunk get a run of their own. */
function recognise(files: readonly string[], mode: number): string[] {
  const list = join(folder, "list.txt");
  writeFileSync(list, `${files.join("\n")}\n`);
  const whitelist = `tessedit_char_whitelist=${captchaAlphabet.join("")}`;
  try {
    const text = execFileSync(program, [list, "stdout", "--psm", String(mode), "-c", whitelist], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      // Its own threads only get in each other's way on pictures this small.
      env: { ...process.env, OMP_THREAD_LIMIT: "1" },
    });
    return text
      .split("\f")
      .slice(0, files.length)
      .map((page) => page.replace(/\s/g, ""));
  } catch {
    return files.length === 1 ? [""] : files.flatMap((file) => recognise([file], mode));
  }
}

function resize(canvas: Canvas, factor: number): Canvas {
  const resized = createCanvas(Math.round(canvas.width * factor), Math.round(canvas.height * factor));
  resized.getContext("2d").drawImage(canvas, 0, 0, resized.width, resized.height);
  return resized;
}

type Filter = (grey: Uint8Array, width: number) => Uint8Array;

function filter(canvas: Canvas, filters: readonly Filter[]): Canvas {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height);
  const channel = (index: number, offset: number) => pixels.data[index * 4 + offset] ?? 0;
  let grey = Uint8Array.from({ length: width * height }, (_, index) =>
    Math.round(0.3 * channel(index, 0) + 0.59 * channel(index, 1) + 0.11 * channel(index, 2)),
  );
  for (const apply of filters) {
    grey = Uint8Array.from(apply(grey, width));
  }
  grey.forEach((value, index) => {
    pixels.data.fill(value, index * 4, index * 4 + 3);
  });
  const filtered = createCanvas(width, height);
  filtered.getContext("2d").putImageData(pixels, 0, 0);
  return filtered;
}

const threshold: Filter = (grey) => grey.map((value) => (value < 140 ? 0 : 255));
const median: Filter = (grey, width) => rank(grey, width, 0.5);
const lighten: Filter = (grey, width) => rank(grey, width, 1);
const darken: Filter = (grey, width) => rank(grey, width, 0);

/** Each pixel of a black-and-white picture becomes the one at that rank among its neighbours within three pixels. */
function rank(grey: Uint8Array, width: number, share: number): Uint8Array {
  const reach = 3;
  const size = (2 * reach + 1) ** 2;
  const atLeast = Math.max(1, Math.ceil(size * (1 - share)));
  return grey.map((_, index) => {
    let white = 0;
    for (let down = -reach; down <= reach; down++) {
      for (let right = -reach; right <= reach; right++) {
        white += (grey[index + down * width + right] ?? 255) === 255 ? 1 : 0;
      }
    }
    return white >= atLeast ? 255 : 0;
  });
}
