import { writeFileSync } from "node:fs";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { scanImageData } from "@undecaf/zbar-wasm";

/** What a phone's camera sends when it is asked for 1280. */
const FRAME = { width: 1280, height: 720 };
const FRAMES = 10;

/** Flags with which Chromium shows `file` to every page that asks for the camera, without asking the user. */
export function cameraFlags(file: string): string[] {
  return [
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${file}`,
  ];
}

/** A camera held in front of the screen: films a screenshot, whole, on a grey table. */
export async function filmScreen(screenshot: Buffer, file: string): Promise<void> {
  const image = await loadImage(screenshot);
  const canvas = createCanvas(FRAME.width, FRAME.height);
  const context = canvas.getContext("2d");
  context.fillStyle = "#777";
  context.fillRect(0, 0, FRAME.width, FRAME.height);
  const scale = Math.min(FRAME.width / image.width, FRAME.height / image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  context.drawImage(image, (FRAME.width - width) / 2, (FRAME.height - height) / 2, width, height);
  const { data } = context.getImageData(0, 0, FRAME.width, FRAME.height);
  const frame = Buffer.concat([Buffer.from("FRAME\n"), toI420(data)]);
  const header = `YUV4MPEG2 W${FRAME.width} H${FRAME.height} F10:1 Ip A1:1 C420jpeg\n`;
  writeFileSync(file, Buffer.concat([Buffer.from(header), ...Array.from({ length: FRAMES }, () => frame)]));
}

/** What ZBar, which knows nothing of us, reads in a picture. */
export async function readCodes(screenshot: Buffer): Promise<string[]> {
  const image = await loadImage(screenshot);
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
  const symbols = await scanImageData({
    data: new Uint8ClampedArray(data),
    width,
    height,
    colorSpace: "srgb",
  });
  return symbols.map((symbol) => symbol.decode());
}

/** Full-range BT.601, as JPEG has it: a plane of brightness, then two of colour at half the size. */
function toI420(rgba: Uint8ClampedArray): Buffer {
  const { width, height } = FRAME;
  const brightness = Buffer.alloc(width * height);
  const colours = Buffer.alloc((width * height) / 2, 128);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const [red = 0, green = 0, blue = 0] = rgba.subarray(pixel * 4, pixel * 4 + 3);
    brightness[pixel] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  }
  // A code is black and white: no colour is lost by leaving it out.
  return Buffer.concat([brightness, colours]);
}
