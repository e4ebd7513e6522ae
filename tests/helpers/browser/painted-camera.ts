import type { BrowserContext, Page } from "playwright-core";
import { encodeQR } from "qr";

/** How a code is held before the painted camera, and under what light. */
export interface Picture {
  readonly mirrored: boolean;
  /** Light modules on dark, as a page in an inverted theme shows them. */
  readonly inverted: boolean;
  /** A room almost without light: a quarter of the brightness of each colour, and noise. */
  readonly dim: boolean;
  readonly turnedInDegrees: number;
  /** How far from the middle of the picture, in its own pixels. */
  readonly leftBy: number;
}

declare global {
  /** The camera of a page in which a test paints what there is to see. */
  var paintedCamera: {
    /** The name of the error that the camera answers with; `never` leaves the question open. */
    answer: "granted" | "never" | string;
    /** Why a wish for a certain picture is refused where any picture would be given. */
    wishAnswer: string | null;
    modules: boolean[][];
    /** A second code, at the right. */
    beside: boolean[][];
    picture: Picture;
    isSharp: boolean;
    running: number;
    hasTorch: boolean;
    track: MediaStreamTrack | null;
    isMuted: boolean;
    /** The ids of all cameras; only the last of them can focus on what is near. */
    ids: string[];
  };
}

/**
 * Gives the pages of a context a camera whose picture the test paints: for what the page makes of pictures and refusals.
 * How a real camera's picture is read is tested with a real video elsewhere.
 */
export async function paintCamera(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const camera: typeof paintedCamera = {
      answer: "granted",
      wishAnswer: null,
      modules: [],
      beside: [],
      picture: { mirrored: false, inverted: false, dim: false, turnedInDegrees: 0, leftBy: 0 },
      isSharp: true,
      running: 0,
      hasTorch: false,
      track: null,
      isMuted: false,
      ids: ["only"],
    };
    Object.assign(globalThis, { paintedCamera: camera });
    const canvas = document.createElement("canvas");
    canvas.width = 1280;
    canvas.height = 720;
    const brush = canvas.getContext("2d");
    const paint = () => {
      if (!brush) return;
      const { mirrored, inverted, dim, turnedInDegrees, leftBy } = camera.picture;
      const [light, dark] = dim ? ["#3c3c3c", "#161616"] : ["#fff", "#000"];
      const [ground, module] = inverted ? [dark, light] : [light, dark];
      brush.setTransform(1, 0, 0, 1, 0, 0);
      brush.fillStyle = ground;
      brush.fillRect(0, 0, 1280, 720);
      // So far out of focus that there is nothing to see.
      if (!camera.isSharp) return;
      brush.translate(640 - leftBy, 360);
      brush.rotate((turnedInDegrees * Math.PI) / 180);
      if (mirrored) brush.scale(-1, 1);
      brush.fillStyle = module;
      paintModules(brush, camera.modules, 12);
      brush.setTransform(1, 0, 0, 1, 960, 360);
      paintModules(brush, camera.beside, 8);
      if (!dim) return;
      brush.setTransform(1, 0, 0, 1, 0, 0);
      for (let speck = 0; speck < 4_000; speck += 1) {
        brush.fillStyle = speck % 2 ? "rgb(255 255 255 / 12%)" : "rgb(0 0 0 / 40%)";
        brush.fillRect((speck * 7919) % 1280, (speck * 104_729) % 720, 2, 2);
      }
    };
    const paintModules = (on: CanvasRenderingContext2D, modules: readonly boolean[][], size: number) => {
      const start = -(modules.length * size) / 2;
      for (const [y, row] of modules.entries()) {
        for (const [x, isDark] of row.entries()) {
          if (isDark) on.fillRect(start + x * size, start + y * size, size, size);
        }
      }
    };
    setInterval(paint, 100);
    // Pages without an origin, such as the first blank one, have no devices.
    if (!navigator.mediaDevices) return;
    navigator.mediaDevices.enumerateDevices = async () =>
      camera.ids.map(
        (deviceId) => ({ kind: "videoinput", deviceId, label: "", groupId: "" }) as MediaDeviceInfo,
      );
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const { width } = (wanted?.video ?? {}) as { width?: { ideal?: number } };
      if (camera.answer === "never") return new Promise<MediaStream>(() => {});
      if (camera.answer !== "granted") throw new DOMException("", camera.answer);
      if (camera.wishAnswer !== null && wanted?.video !== true) throw new DOMException("", camera.wishAnswer);
      if (wanted?.video !== true && (!width?.ideal || width.ideal < 1280)) {
        throw new Error("asked for less than 1280");
      }
      const { deviceId } = (wanted?.video ?? {}) as { deviceId?: { exact?: string } };
      const id = deviceId?.exact ?? camera.ids[0] ?? "";
      camera.isSharp = id === camera.ids.at(-1);
      const stream = canvas.captureStream(10);
      for (const track of stream.getTracks()) {
        camera.running += 1;
        camera.track = track;
        const stop = track.stop.bind(track);
        track.stop = () => {
          if (track.readyState === "live") camera.running -= 1;
          stop();
        };
        Object.defineProperty(track, "muted", { get: () => camera.isMuted });
        track.getCapabilities = () => ({ torch: camera.hasTorch }) as MediaTrackCapabilities;
        track.getSettings = () => ({ deviceId: id });
        track.applyConstraints = async () => undefined;
      }
      return stream;
    };
  });
}

/** Holds a QR code of this text before the camera; nothing when there is none. */
export async function showCode(
  page: Page,
  text: string | null,
  picture: Partial<Picture> = {},
): Promise<void> {
  const modules = text === null ? [] : encodeQR(text, "raw", { border: 4, scale: 1 });
  await page.evaluate(
    ([painted, changes]) => {
      paintedCamera.modules = painted;
      Object.assign(paintedCamera.picture, changes);
    },
    [modules, picture] as const,
  );
}

/** Puts a second code of this text beside the first. */
export async function showBeside(page: Page, text: string): Promise<void> {
  await page.evaluate(
    (painted) => {
      paintedCamera.beside = painted;
    },
    encodeQR(text, "raw", { border: 4, scale: 1 }),
  );
}

/** Hands out every picture of a video mirrored where its planes are copied, and upright where it is drawn. */
export async function mirrorPlanes(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const { copyTo } = VideoFrame.prototype;
    VideoFrame.prototype.copyTo = async function (target, options) {
      const layouts = await copyTo.call(this, target, options);
      const bytes = target instanceof Uint8Array ? target : new Uint8Array(target as ArrayBuffer);
      const [plane] = layouts;
      const { width, height } = options?.rect ?? this.codedRect ?? { width: 0, height: 0 };
      if (!plane || !width || !height) return layouts;
      const pixel = plane.stride >= width * 4 ? 4 : 1;
      for (let y = 0; y < height; y += 1) {
        const row = bytes.subarray(
          plane.offset + y * plane.stride,
          plane.offset + y * plane.stride + width * pixel,
        );
        if (pixel === 1) row.reverse();
        else
          new Uint32Array(row.slice().buffer).reverse().forEach((value, x) => {
            row.set(new Uint8Array(Uint32Array.of(value).buffer), x * 4);
          });
      }
      return layouts;
    };
  });
}

/** What a browser's own detector does with every picture. */
export type DetectorBehaviour =
  | "finds nothing"
  | "never answers"
  | "reads garbage"
  | "throws"
  | "never says what it can";

/** Gives a page a detector of the browser's own, and one that is of no use. */
export async function addDetector(page: Page, behaviour: DetectorBehaviour): Promise<void> {
  await page.addInitScript((does) => {
    const never = new Promise<never>(() => {});
    Object.assign(globalThis, {
      BarcodeDetector: class {
        static async getSupportedFormats() {
          return does === "never says what it can" ? never : ["qr_code"];
        }
        async detect() {
          if (does === "never answers") return never;
          if (does === "throws") throw new DOMException("", "NotSupportedError");
          return does === "reads garbage" ? [{ rawValue: "\u0000\uFFFD]Q1 garbage" }] : [];
        }
      },
    });
  }, behaviour);
}
