import decodeQR from "qr/decode.js";
import { describe, expect, it } from "vitest";
import { terminalQr } from "./terminal-qr";

const ADDRESS = "https://192.168.100.110:3000";
const PIXELS_PER_MODULE = 4;
const ESC = "\u001b";
const controlCodes = new RegExp(`${ESC}\\[[0-9;]+m`, "g");

/** What a camera sees: light where the terminal shows light. */
async function read(lines: readonly string[], ink: "dark" | "light"): Promise<string> {
  const rows = lines.flatMap((line) => {
    const cells = [...line];
    return [cells.map((cell) => "█▀".includes(cell)), cells.map((cell) => "█▄".includes(cell))];
  });
  const width = (rows[0]?.length ?? 0) * PIXELS_PER_MODULE;
  const height = rows.length * PIXELS_PER_MODULE;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isInked = rows[Math.floor(y / PIXELS_PER_MODULE)]?.[Math.floor(x / PIXELS_PER_MODULE)] === true;
      data.fill(isInked === (ink === "light") ? 255 : 0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return decodeQR({ width, height, data });
}

describe("terminalQr", () => {
  it("can be read, dark on light, when it is coloured", async () => {
    const lines = terminalQr(ADDRESS, "coloured");
    expect(lines.every((line) => line.startsWith(`${ESC}[30;107m`) && line.endsWith(`${ESC}[0m`))).toBe(true);
    const text = lines.map((line) => line.replace(controlCodes, ""));
    expect(await read(text, "dark")).toBe(ADDRESS);
  });

  it("can be read on a dark background without control codes", async () => {
    const lines = terminalQr(ADDRESS, "plain");
    expect(lines.join("")).toMatch(/^[ ▀▄█]+$/);
    expect(await read(lines, "light")).toBe(ADDRESS);
  });

  it("fits a terminal of 80 by 24, quiet zone included", () => {
    const lines = terminalQr(ADDRESS, "plain");
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[0]?.length).toBeLessThanOrEqual(40);
    expect(lines.length).toBeLessThanOrEqual(20);
    expect(lines.slice(0, 2).every((line) => /^█+$/.test(line))).toBe(true);
  });
});
