"use client";

/** Between two looks: often enough to feel instant, seldom enough to leave a phone cool. */
const PAUSE_IN_MS = 80;

/** Reads what codes a video shows at this moment. */
interface FrameReader {
  read(video: HTMLVideoElement): Promise<readonly string[]>;
  close(): void;
}

/** The part of the Shape Detection API that is used. Not in the standard library's types: only some browsers have it. */
interface NativeDetector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
interface NativeDetectorClass {
  new (options: { formats: readonly string[] }): NativeDetector;
  getSupportedFormats(): Promise<readonly string[]>;
}

/**
 * Looks at the video again and again until the signal ends it. The page stays responsive: the browser's own detector works
 * beside it, and ours gives way between its steps.
 *
 * @param onTexts told what codes are in the picture, whenever there are some
 */
export async function readFrames(
  video: HTMLVideoElement,
  onTexts: (texts: readonly string[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let reader = (await nativeReader()) ?? (await ownReader());
  while (!signal.aborted) {
    const texts = await reader.read(video).catch(() => null);
    if (signal.aborted) break;
    if (texts === null) {
      // A detector that is there in name only, as on phones without the service behind it.
      reader.close();
      reader = await ownReader();
    } else if (texts.length > 0) {
      onTexts(texts);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_IN_MS));
  }
  reader.close();
}

async function nativeReader(): Promise<FrameReader | null> {
  const { BarcodeDetector: Detector } = globalThis as { BarcodeDetector?: NativeDetectorClass };
  const formats = await Detector?.getSupportedFormats().catch((): readonly string[] => []);
  if (!Detector || !formats?.includes("qr_code")) return null;
  const detector = new Detector({ formats: ["qr_code"] });
  return {
    async read(video) {
      if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return [];
      return (await detector.detect(video)).map(({ rawValue }) => rawValue);
    },
    close() {},
  };
}

/** Loaded only where it is needed. */
async function ownReader(): Promise<FrameReader> {
  const { QRCamera, QRCanvas } = await import("qr/dom.js");
  const canvas = new QRCanvas({}, { async: true, cropToSquare: true });
  let camera: InstanceType<typeof QRCamera> | undefined;
  return {
    async read(video) {
      if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return [];
      camera ??= new QRCamera(video);
      // A picture that could not be read is followed by the next one.
      const found = await camera.readFrame(canvas, true).catch(() => undefined);
      return typeof found === "string" ? [found] : [];
    },
    close: () => canvas.clear(),
  };
}
