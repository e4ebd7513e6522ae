import { createHash, randomBytes, randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { RandomSource } from "../ports";
import { captchaAlphabet, captchaImageSize, drawCaptcha } from ".";

const random: RandomSource = { bytes: (length) => randomBytes(length), integer: (max) => randomInt(max) };

/** The same numbers each time: a hash of a counter. */
function createSeededRandom(seed: string): RandomSource {
  let count = 0;
  const next = () => createHash("sha256").update(`${seed}${count++}`).digest();
  return {
    bytes: (length) => next().subarray(0, length),
    integer: (max) => next().readUInt32BE() % max,
  };
}

describe("drawCaptcha", () => {
  it("draws a PNG of the stated size without metadata", async () => {
    const { png } = await drawCaptcha(random);
    expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
    expect(png.readUInt32BE(16)).toBe(captchaImageSize.width);
    expect(png.readUInt32BE(20)).toBe(captchaImageSize.height);
    expect(png.includes("tEXt") || png.includes("iTXt")).toBe(false);
  });

  it("asks for five characters, none of which is easily taken for another", async () => {
    const pictures = await Promise.all(Array.from({ length: 60 }, () => drawCaptcha(random)));
    const answers = pictures.map(({ answer }) => answer);
    for (const answer of answers) {
      expect(answer).toMatch(/^[ACEHJKLMPRTWXY379]{5}$/);
    }
    expect(new Set(answers).size).toBe(answers.length);
    expect(new Set(answers.join("")).size).toBe(captchaAlphabet.length);
  });

  it("takes everything from the random source", async () => {
    const first = await drawCaptcha(createSeededRandom("a"));
    expect(await drawCaptcha(createSeededRandom("a"))).toEqual(first);
    expect((await drawCaptcha(createSeededRandom("b"))).answer).not.toBe(first.answer);
  });

  it("never shows the same picture for one answer", async () => {
    let count = 0;
    const source = createSeededRandom("shapes");
    // The first draws pick the hue and the characters; freezing those leaves the shapes to chance.
    const frozen = (tail: RandomSource): RandomSource => {
      count = 0;
      const head = createSeededRandom("answer");
      return { ...tail, integer: (max) => (count++ < 5 ? head : tail).integer(max) };
    };
    const first = await drawCaptcha(frozen(source));
    const second = await drawCaptcha(frozen(source));
    expect(second.answer).toBe(first.answer);
    expect(second.png.equals(first.png)).toBe(false);
  });
});
