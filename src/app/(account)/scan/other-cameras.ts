"use client";

/**
 * The camera after this one, round and round. A phone with several lenses may begin with one that cannot focus on what is
 * near, and only its user sees that. The browser gives their ids once the camera is allowed.
 *
 * @returns its id; null where there is no other
 */
export async function nextCamera(track: MediaStreamTrack): Promise<string | null> {
  const devices = await navigator.mediaDevices.enumerateDevices().catch((): MediaDeviceInfo[] => []);
  const ids = devices.filter(({ kind }) => kind === "videoinput").map(({ deviceId }) => deviceId);
  const known = [...new Set(ids)].filter((id) => id !== "");
  if (known.length < 2) return null;
  const present = known.indexOf(track.getSettings().deviceId ?? "");
  return known[(present + 1) % known.length] ?? null;
}
