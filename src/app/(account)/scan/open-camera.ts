"use client";

/** Why there is no picture. */
export type CameraProblem =
  | "denied"
  | "none"
  | "busy"
  /** Browsers give the camera to https pages and to localhost only. */
  | "insecure";

export type OpenedCamera =
  | { readonly status: "open"; readonly track: MediaStreamTrack }
  | { readonly status: "failed"; readonly why: CameraProblem };

/**
 * At 40 cm from a 13-inch screen a picture 640 wide has 1.9 pixels for a module of the code, and reading it wants 3.
 * Wishes, not conditions: a camera that has less is better than none.
 */
const wishes: MediaTrackConstraints = {
  facingMode: { ideal: "environment" },
  width: { ideal: 1920 },
  height: { ideal: 1080 },
};

/** Asks for the camera, which may ask the user, and shows its picture in `video`. Stops it again when aborted meanwhile. */
export async function openCamera(video: HTMLVideoElement, signal: AbortSignal): Promise<OpenedCamera> {
  if (!window.isSecureContext) return { status: "failed", why: "insecure" };
  if (!navigator.mediaDevices?.getUserMedia) return { status: "failed", why: "none" };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: wishes });
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
    await video.play();
    return { status: "open", track };
  } catch (error) {
    return { status: "failed", why: problemOf(error) };
  }
}

function stopAll(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** Media Capture and Streams section 10.2, getUserMedia. */
function problemOf(error: unknown): CameraProblem {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    default:
      return "busy";
  }
}

/** Image Capture has the light of the camera; it is not in the standard library's types. */
interface WithTorch {
  torch?: boolean;
}

export function hasTorch(track: MediaStreamTrack): boolean {
  const capabilities: MediaTrackCapabilities & WithTorch = track.getCapabilities?.() ?? {};
  return capabilities.torch === true;
}

/** @returns whether the light is as wanted */
export async function setTorch(track: MediaStreamTrack, torch: boolean): Promise<boolean> {
  const constraint: MediaTrackConstraintSet & WithTorch = { torch };
  try {
    await track.applyConstraints({ advanced: [constraint] });
    return true;
  } catch {
    return false;
  }
}
