/** What runs on the thread of proof-thread.ts: the answers to some proofs for each message. Bundled to dist/builds/NAME/proof-worker.mjs. */
import { parentPort } from "node:worker_threads";
import { createSignatureCheck } from "../../modules/signatures";

const check = createSignatureCheck();

parentPort?.on("message", (proofs: readonly string[]) => parentPort?.postMessage(proofs.map(check)));
