/**
 * A program that signs in with your phone and stays signed in.
 *
 *   node main.js             who is signed in; shows a QR code when nobody is
 *   node main.js get URL     calls a service that verifies the tokens, such as ../service
 *   node main.js sign-out
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { createCountersignClient } from "countersign/client";
import { fileDeviceKeyStore, fileTokenStore } from "countersign/node";
import encodeQR from "qr";

const folder = process.env.EXAMPLE_FOLDER ?? join(homedir(), ".config", "countersign-example");
const client = createCountersignClient({
  url: process.env.COUNTERSIGN_URL ?? "http://localhost:3000",
  delivery: "body",
  // The tokens are bound to this key: a copy of them alone opens nothing.
  deviceKeyStore: fileDeviceKeyStore(join(folder, "key.json")),
  tokenStore: fileTokenStore(join(folder, "tokens.json")),
});

function signInByQr() {
  return new Promise((done, fail) => {
    let shown;
    let asked = false;
    const signIn = client.qr.start((view) => {
      if (view.status === "waiting" && view.code.payload !== shown) {
        shown = view.code.payload;
        console.error(`${encodeQR(shown, "term")}\nScan this with a phone that is signed in,`);
        console.error(`or type ${view.code.userCode} at ${view.code.verificationUri}`);
      }
      if (view.status === "scanned" && view.confirmation.kind === "code" && !asked) {
        asked = true;
        askForDigits().then((digits) => signIn.enterCode(digits));
      }
      // A wrong code may be typed again.
      if (view.status === "scanned" && view.confirmation.entry?.status === "wrong") asked = false;
      if (view.status === "signed_in") done(undefined);
      if (["denied", "cancelled", "expired", "interrupted"].includes(view.status)) {
        signIn.stop();
        fail(new Error(`Not signed in: ${view.status}.`));
      }
    });
  });
}

async function askForDigits() {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const digits = await terminal.question("The six digits on the phone: ");
  terminal.close();
  return digits;
}

const [command = "who", address = ""] = process.argv.slice(2);
const restored = await client.auth.restore();
if (restored.status === "unavailable") {
  throw new Error(`Nobody knows who is signed in: ${restored.cause}.`, { cause: restored.error });
}
if (command === "sign-out") {
  console.log((await client.auth.signOut()).status);
} else {
  if (restored.status === "signed_out") await signInByQr();
  if (command === "get") {
    const response = await client.fetch(address);
    console.log(response.status, await response.text());
  } else {
    const { user, session } = await client.trpc.auth.me.query();
    console.log(`${user.username}, signed in by ${session.method}, session ${session.id}`);
  }
}
client.close();
