import type { BrowserContext } from "playwright-core";
import { readCodes } from "./camera";

/** Of nobody: a page at it may use the camera, and belongs to no site. */
const ADDRESS = "http://localhost/camera-app";
const MAX_LOOKS = 40;

/**
 * What a phone's own camera app does: looks through the camera until there is a code, and says what is in it. It knows nothing
 * of us. The browser needs the flags of a fake camera, and the profile the permission.
 *
 * @returns the text of the one code in the picture
 */
export async function readByCameraApp(phone: BrowserContext): Promise<string> {
  const app = await phone.newPage();
  await app.route(ADDRESS, (route) =>
    route.fulfill({ contentType: "text/html", body: "<video autoplay muted playsinline></video>" }),
  );
  await app.goto(ADDRESS);
  await app.evaluate(async () => {
    const video = document.querySelector("video") as HTMLVideoElement;
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } });
    await video.play();
  });
  try {
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      const picture = await app.evaluate(() => {
        const video = document.querySelector("video") as HTMLVideoElement;
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
        canvas.getContext("2d")?.drawImage(video, 0, 0);
        return canvas.toDataURL("image/png").split(",")[1] ?? "";
      });
      const [code, ...others] = await readCodes(Buffer.from(picture, "base64"));
      if (code !== undefined && others.length === 0) return code;
    }
    throw new Error("The camera app found no code.");
  } finally {
    await app.close();
  }
}
