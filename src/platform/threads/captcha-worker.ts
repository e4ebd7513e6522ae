/** What runs on the thread of captcha-thread.ts: a picture for each message. Bundled to dist/builds/NAME/captcha-worker.mjs. */
import { parentPort } from "node:worker_threads";
import { drawCaptcha } from "../../modules/captcha";
import { systemRandom } from "../system";

parentPort?.on("message", async () => parentPort?.postMessage(await drawCaptcha(systemRandom)));
