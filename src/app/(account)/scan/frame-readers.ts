"use client";

import { loadPart } from "../../../client/calls/load-part";

/** One way to read what codes a video shows at this moment. */
export interface FrameReader {
  /** All of them, in no order. Rejects where this way does not work; may also never settle. */
  read(video: HTMLVideoElement): Promise<readonly string[]>;
}

export interface FrameReaders {
  /** The best first. Each can read what another cannot. */
  readonly readers: readonly FrameReader[];
  close(): void;
}

/**
 * No single way reads everywhere. A browser's detector may be there in name only; planes of a video come out mirrored in
 * some browsers, and a drawn picture comes out as noise in those that hide a canvas from scripts; a camera app may mirror
 * the picture itself.
 */
export function frameReaders(): FrameReaders {
  const library = lazyLibrary();
  return {
    readers: [
      ...nativeReaders(),
      drawnReader(library, { crop: "square", isMirrored: false }),
      drawnReader(library, { crop: "none", isMirrored: true }),
      drawnReader(library, { crop: "none", isMirrored: false }),
      planesReader(library),
    ],
    close: library.close,
  };
}

/** The part of the Shape Detection API that is used. Not in the standard library's types: only some browsers have it. */
interface NativeDetector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
interface NativeDetectorClass {
  new (options: { formats: readonly string[] }): NativeDetector;
  getSupportedFormats(): Promise<readonly string[]>;
}

function nativeReaders(): FrameReader[] {
  const { BarcodeDetector: Detector } = globalThis as { BarcodeDetector?: NativeDetectorClass };
  if (!Detector) return [];
  let detector: NativeDetector | undefined;
  return [
    {
      async read(video) {
        if (!detector) {
          const formats = await Detector.getSupportedFormats();
          if (!formats.includes("qr_code")) throw new Error("The browser's detector reads no QR codes.");
          detector = new Detector({ formats: ["qr_code"] });
        }
        return (await detector.detect(video)).map(({ rawValue }) => rawValue);
      },
    },
  ];
}

interface Drawing {
  /** `square` leaves out the sides of a wide picture: half the work. */
  readonly crop: "square" | "none";
  readonly isMirrored: boolean;
}

function drawnReader(library: LazyLibrary, drawing: Drawing): FrameReader {
  const canvas = document.createElement("canvas");
  return {
    async read(video) {
      const { decoder } = await library.load();
      draw(video, canvas, drawing);
      return textsOf(await decoder.drawImage(canvas, canvas.height, canvas.width));
    },
  };
}

function draw(video: HTMLVideoElement, canvas: HTMLCanvasElement, { crop, isMirrored }: Drawing): void {
  const { videoWidth, videoHeight } = video;
  const side = Math.min(videoWidth, videoHeight);
  const [width, height] = crop === "square" ? [side, side] : [videoWidth, videoHeight];
  // Also forgets the last picture.
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  if (!context) throw new Error("The browser gives no canvas.");
  if (isMirrored) context.setTransform(-1, 0, 0, 1, width, 0);
  context.drawImage(
    video,
    (videoWidth - width) / 2,
    (videoHeight - height) / 2,
    width,
    height,
    0,
    0,
    width,
    height,
  );
}

function planesReader(library: LazyLibrary): FrameReader {
  let camera: { readonly of: HTMLVideoElement; readonly readFrame: () => Promise<Decoded> } | undefined;
  return {
    async read(video) {
      const { decoder, QRCamera } = await library.load();
      if (camera?.of !== video) {
        const opened = new QRCamera(video);
        camera = { of: video, readFrame: () => opened.readFrame(decoder, true) };
      }
      return textsOf(await camera.readFrame());
    },
  };
}

type Decoded = string | readonly (string | Error)[] | undefined;

function textsOf(decoded: Decoded): readonly string[] {
  const all = typeof decoded === "string" ? [decoded] : (decoded ?? []);
  return all.filter((text) => typeof text === "string");
}

type LazyLibrary = ReturnType<typeof lazyLibrary>;

/** Loaded only where it is needed, and asked for again when it did not come. One decoder for all: it takes much memory. */
function lazyLibrary() {
  const start = async () => {
    const { QRCamera, QRCanvas } = await loadPart(() => import("qr/dom.js"));
    return { QRCamera, decoder: new QRCanvas({}, { async: true, cropToSquare: false, decodeAll: true }) };
  };
  let loading: ReturnType<typeof start> | undefined;
  return {
    load() {
      loading ??= start().catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      return loading;
    },
    close: () =>
      void loading?.then(
        ({ decoder }) => decoder.clear(),
        () => {},
      ),
  };
}
