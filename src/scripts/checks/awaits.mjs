import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inProject } from "../setup/paths.mjs";
import { findUnlimitedAwaits } from "./find-unlimited-awaits.mjs";
import { permittedAwaits, plantedAwaits } from "./planted-awaits.mjs";

/** Where the wait has an end that the check does not see, or is nobody's: the file, the kind, and why. */
const PERMITTED = {
  "src/client/tabs/tab-lock.ts": { "a lock": "goes on without it after its own limit" },
  "src/client/tabs/live.ts": { "a lock": "a waiting tab hears of a leader, or leads alone" },
  "src/client/qr/qr-tab.ts": { "a lock": "leads alone after three seconds" },
  "src/client/tabs/tab-channel.ts": { "a lock": "held for the tab's life, and never waited for" },
  "src/client/key/database-table.ts": { IndexedDB: "opened here, and used within time" },
  "src/client/session/encrypt-credentials.ts": { WebCrypto: "within the function that has the limit" },
  "src/client/key/device-key.ts": { WebCrypto: "within time where it is called" },
  "src/client/create-client.ts": { "a fetch": "handed on: limited where it is called" },
  "src/client/calls/proven-fetch.ts": {
    "a fetch": "limited by all who call it; `client.fetch` is its caller's, as fetch is",
  },
  "src/client/qr/status-stream.ts": {
    "a fetch": "aborted when nothing comes for five seconds",
    "a body": "aborted when it is silent for forty seconds",
  },
  "src/client/calls/steady-stream.ts": { "a body": "the limit itself" },
  "src/client/calls/whole-answer.ts": { "a body": "the limit itself" },
  "src/client/calls/refusal.ts": { "a body": "of an answer that has come to its end, or within time" },
  "src/client/calls/service.ts": { "a body": "of an answer that has come to its end" },
  "src/client/pow/solve-pow.ts": { WebCrypto: "within time, in the next line" },
  "src/app/lib/captcha-tools.ts": { "a body": "of an answer that has come to its end" },
  "src/app/setup/setup-service.ts": { "a body": "of an answer that has come to its end" },
  "src/app/(account)/admin/invitations/invitation-sheet.tsx": {
    "the clipboard": "nothing waits: the status line only says when it is done",
  },
  "src/app/(account)/account/export-data.tsx": {
    "a fetch": "a call of the typed face, which has its time limit",
  },
  "src/app/(account)/admin/applications/copies.tsx": {
    "the clipboard": "nothing waits: the status line only says when it is done",
  },
  "src/app/sign-in/qr/code-screen.tsx": {
    "the clipboard": "nothing waits: the button only says when it is done",
  },
  "src/app/(account)/install/install-prompt.ts": { "a prompt": "the browser's own question; nothing waits" },
  "src/app/(account)/scan/open-camera.ts": {
    "a device": "asks its user; after three seconds the page says so, with a button to try again",
  },
  "src/app/(account)/scan/other-cameras.ts": { "a device": "nothing waits: without it there is no button" },
  "src/app/(account)/scan/read-frames.ts": {
    "a body": "of frames: the others have their turn after a second",
  },
  "src/app/(account)/scan/torch.ts": { "a device": "nothing waits: the button says what the light is" },
  "src/app/(account)/scan/watch-picture.ts": { playing: "looked at twice a second instead" },
  "src/app/i18n/request.ts": { "a part of the program": "on the server" },
};

/**
 * Finds what a page or the client asks of browser or network without a time limit: `docs/explanation/waits.md`.
 *
 * @returns {{ passed: boolean, output: string }}
 */
export function checkAwaits() {
  const files = ["src/client", "src/app"].flatMap(sourcesIn);
  const problems = [];
  const used = new Set();
  for (const path of files) {
    for (const { line, kind, text } of findUnlimitedAwaits(path, readFileSync(inProject(path), "utf8"))) {
      if (PERMITTED[path]?.[kind]) used.add(`${path} ${kind}`);
      else problems.push(`${path}:${line}: ${kind} without a time limit: ${text}`);
    }
  }
  for (const [path, kinds] of Object.entries(PERMITTED)) {
    for (const kind of Object.keys(kinds)) {
      if (!used.has(`${path} ${kind}`))
        problems.push(`Permitted, and not there any more: ${kind} in ${path}.`);
    }
  }
  if (files.length < 100) problems.push(`Only ${files.length} files were read: the check did not see them.`);
  for (const source of plantedAwaits) {
    if (findUnlimitedAwaits("planted.ts", source).length !== 1)
      problems.push(`A planted wait was not caught, or caught twice: ${source}`);
  }
  for (const { text } of findUnlimitedAwaits("permitted.ts", permittedAwaits))
    problems.push(`What is permitted was found: ${text}`);
  const summary = `${files.length} files, ${plantedAwaits.length} planted waits caught, ${used.size} permitted`;
  return { passed: problems.length === 0, output: problems.length === 0 ? summary : problems.join("\n") };
}

function sourcesIn(folder) {
  return readdirSync(inProject(folder), { recursive: true })
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$|(?:^|\/)(?:testing|node)\/|fake-/.test(path))
    .map((path) => join(folder, path));
}
