import type { KeyObject } from "node:crypto";
import { Worker } from "node:worker_threads";

interface Check {
  readonly proof: string;
  readonly resolve: (isGood: boolean) => void;
}

/** The thread checks these while the event loop reads the next; with all in one message each would wait for the other. */
const MOST_IN_A_MESSAGE = 4;
/** A thread that failed is started anew no sooner than this. */
const REST_IN_MS = 60_000;

/**
 * Checks the signatures of proofs, the dearest part of a protected call: one that comes alone on the spot, those that
 * come together on a thread of their own, up to four in a message.
 *
 * To wake a thread costs the event loop about as much as to check a signature, so the wake has to be shared. The thread
 * starts when it is first of use and keeps no process alive. Should it fail, what it had is checked here: no signature
 * counts as good that nobody has checked.
 */
export class ProofSignatures {
  readonly #tellFault: (error: unknown) => void;
  readonly #check = createSignatureCheck();
  #due: Check[] = [];
  /** What the thread has. It answers in order. */
  #sent: Check[] = [];
  #worker: Worker | undefined;
  #restsUntilMs = 0;

  /** @param tellFault is told why the thread failed; nothing else needs to be done about it */
  constructor(tellFault: (error: unknown) => void) {
    this.#tellFault = tellFault;
  }

  /**
   * @param proof a proof whose header was read and found to be ES256 with a P-256 key
   * @returns whether the key in its header signed it
   */
  isGood(proof: string): Promise<boolean> {
    return new Promise((resolve) => {
      this.#due.push({ proof, resolve });
      // Comes when every request that has arrived by now has been read.
      if (this.#due.length === 1) setImmediate(() => this.#checkDue());
      if (this.#due.length === MOST_IN_A_MESSAGE) this.#checkDue();
    });
  }

  /** Ends the thread. What it had is checked here. */
  close(): void {
    void this.#worker?.terminate();
  }

  #checkDue(): void {
    const due = this.#due;
    this.#due = [];
    if (due.length === 0) return;
    const worker = due.length > 1 ? this.#running() : undefined;
    if (!worker) {
      this.#checkHere(due);
      return;
    }
    this.#sent.push(...due);
    worker.ref();
    worker.postMessage(due.map(({ proof }) => proof));
  }

  #checkHere(checks: readonly Check[]): void {
    for (const { proof, resolve } of checks) resolve(this.#check(proof));
  }

  #running(): Worker | undefined {
    if (!this.#worker && performance.now() >= this.#restsUntilMs) this.#worker = this.#start();
    return this.#worker;
  }

  /** @returns undefined when the system gives us no thread */
  #start(): Worker | undefined {
    let worker: Worker;
    try {
      worker = new Worker(threadSource, { eval: true, name: "proofs", env: {}, execArgv: [] });
    } catch (error) {
      this.#restsUntilMs = performance.now() + REST_IN_MS;
      this.#tellFault(error);
      return undefined;
    }
    worker.on("message", (answers: readonly unknown[]) => this.#take(worker, answers));
    // An error is followed by the exit.
    worker.on("error", this.#tellFault);
    worker.on("exit", () => {
      if (worker === this.#worker) this.#worker = undefined;
      this.#restsUntilMs = performance.now() + REST_IN_MS;
      this.#checkHere(this.#sent.splice(0));
    });
    return worker;
  }

  #take(worker: Worker, answers: readonly unknown[]): void {
    const checks = this.#sent.splice(0, answers.length);
    checks.forEach(({ resolve }, index) => {
      resolve(answers[index] === true);
    });
    if (this.#sent.length === 0) worker.unref();
  }
}

/**
 * DANGER: its text is also what the thread runs, where nothing else of this file exists. It may name only what it loads
 * itself.
 */
function createSignatureCheck(): (proof: string) => boolean {
  const { createPublicKey, verify } = process.getBuiltinModule("node:crypto");
  const keys = new Map<string, KeyObject>();
  const keyOf = (head: string): KeyObject => {
    const known = keys.get(head);
    if (known) return known;
    const { x, y } = JSON.parse(Buffer.from(head, "base64url").toString("utf8")).jwk;
    const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
    if (keys.size >= 10_000) keys.clear();
    // Unusually long ones are not worth the memory that strangers could fill with them.
    if (head.length <= 512) keys.set(head, key);
    return key;
  };
  return (proof) => {
    try {
      const end = proof.lastIndexOf(".");
      const signature = Buffer.from(proof.slice(end + 1), "base64url");
      const key = keyOf(proof.slice(0, proof.indexOf(".")));
      return verify(
        "sha256",
        Buffer.from(proof.slice(0, end), "latin1"),
        { key, dsaEncoding: "ieee-p1363" },
        signature,
      );
    } catch {
      return false;
    }
  };
}

const threadSource = `
  const { parentPort } = process.getBuiltinModule("node:worker_threads");
  const check = (${createSignatureCheck})();
  parentPort.on("message", (proofs) => parentPort.postMessage(proofs.map(check)));`;
