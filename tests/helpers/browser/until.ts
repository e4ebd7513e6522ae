import { setTimeout as sleep } from "node:timers/promises";

/** Asks again every few milliseconds until the answer is yes. Throws with `what` when it never is: the limit ends what hangs. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutInMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + timeoutInMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Not after ${timeoutInMs} ms: ${what}`);
    await sleep(10);
  }
}
