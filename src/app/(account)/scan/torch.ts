"use client";

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
