"use client";

/** Why there is no camera. */
export type OpenProblem =
  | "denied"
  | "none"
  | "busy"
  /** There are cameras, and none that gives a picture as a page may ask for it. */
  | "unsuitable"
  /** Browsers give the camera to https pages and to localhost only. */
  | "insecure";

export type OpenedCamera =
  | { readonly status: "open"; readonly track: MediaStreamTrack }
  | { readonly status: "failed"; readonly why: OpenProblem };

/**
 * At 40 cm from a 13-inch screen a picture 640 wide has 1.9 pixels for a module of the code, and reading it wants 3.
 * Wishes, not conditions: a camera that has less is better than none.
 */
const size: MediaTrackConstraints = { width: { ideal: 1920 }, height: { ideal: 1080 } };
const facing: MediaTrackConstraints = { facingMode: { ideal: "environment" } };

/**
 * Asks for the camera, which may ask the user and so take any time, and shows its picture in `video`. Stops it again when
 * aborted meanwhile. Whether the picture plays is another question: see `watchPicture`.
 *
 * @param deviceId of the camera that its user chose; null for the one that suits best
 */
export async function openCamera(
  video: HTMLVideoElement,
  deviceId: string | null,
  signal: AbortSignal,
): Promise<OpenedCamera> {
  if (!window.isSecureContext) return { status: "failed", why: "insecure" };
  if (!navigator.mediaDevices?.getUserMedia) return { status: "failed", why: "none" };
  try {
    const stream = await wishedOrAny(deviceId, signal);
    const [track] = stream.getVideoTracks();
    if (!track || signal.aborted) {
      stopAll(stream);
      return { status: "failed", why: "none" };
    }
    signal.addEventListener("abort", () => {
      stopAll(stream);
      video.srcObject = null;
    });
    video.srcObject = stream;
    return { status: "open", track };
  } catch (error) {
    return { status: "failed", why: problemOf(error) };
  }
}

/** The camera that suits best; any other when that one cannot start. */
async function wishedOrAny(deviceId: string | null, signal: AbortSignal): Promise<MediaStream> {
  const video = deviceId === null ? { ...facing, ...size } : { deviceId: { exact: deviceId }, ...size };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video });
  } catch (error) {
    const problem = problemOf(error);
    if (signal.aborted || (problem !== "busy" && problem !== "unsuitable")) throw error;
    return navigator.mediaDevices.getUserMedia({ audio: false, video: true });
  }
}

function stopAll(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** Media Capture and Streams section 10.2, getUserMedia. */
function problemOf(error: unknown): OpenProblem {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
      return "none";
    case "OverconstrainedError":
      return "unsuitable";
    default:
      return "busy";
  }
}
