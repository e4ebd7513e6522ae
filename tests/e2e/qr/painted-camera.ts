import type { BrowserContext, Page } from "playwright-core";
import { encodeQR } from "qr";

declare global {
  /** The camera of a page in which a test paints what there is to see. */
  var paintedCamera: { answer: "granted" | string; modules: boolean[][]; running: number; hasTorch: boolean };
}

/**
 * Gives the pages of a context a camera whose picture the test paints: for what the page makes of pictures and refusals.
 * How a real camera's picture is read is tested with a real video elsewhere.
 */
export async function paintCamera(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const camera = { answer: "granted", modules: [] as boolean[][], running: 0, hasTorch: false };
    Object.assign(globalThis, { paintedCamera: camera });
    const canvas = document.createElement("canvas");
    canvas.width = 1280;
    canvas.height = 720;
    const brush = canvas.getContext("2d");
    const paint = () => {
      if (!brush) return;
      brush.fillStyle = "#fff";
      brush.fillRect(0, 0, 1280, 720);
      brush.fillStyle = "#000";
      const size = 12;
      const left = 640 - (camera.modules.length * size) / 2;
      const top = 360 - (camera.modules.length * size) / 2;
      for (const [y, row] of camera.modules.entries()) {
        for (const [x, isDark] of row.entries()) {
          if (isDark) brush.fillRect(left + x * size, top + y * size, size, size);
        }
      }
    };
    setInterval(paint, 100);
    // Pages without an origin, such as the first blank one, have no devices.
    if (!navigator.mediaDevices) return;
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const { width } = (wanted?.video ?? {}) as { width?: { ideal?: number } };
      if (!width?.ideal || width.ideal < 1280) throw new Error("asked for less than 1280");
      if (camera.answer !== "granted") throw new DOMException("", camera.answer);
      const stream = canvas.captureStream(10);
      for (const track of stream.getTracks()) {
        camera.running += 1;
        const stop = track.stop.bind(track);
        track.stop = () => {
          if (track.readyState === "live") camera.running -= 1;
          stop();
        };
        track.getCapabilities = () => ({ torch: camera.hasTorch }) as MediaTrackCapabilities;
        track.applyConstraints = async () => undefined;
      }
      return stream;
    };
  });
}

/** Holds a QR code of this text before the camera; nothing when there is none. */
export async function showCode(page: Page, text: string | null): Promise<void> {
  const modules = text === null ? [] : encodeQR(text, "raw", { border: 4, scale: 1 });
  await page.evaluate((painted) => {
    paintedCamera.modules = painted;
  }, modules);
}
