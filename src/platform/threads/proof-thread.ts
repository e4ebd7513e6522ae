import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { createSignatureCheck, type SignatureChecks } from "../../modules/signatures";
import { SpareThread } from "./spare-thread";

interface Check {
  readonly proof: string;
  readonly resolve: (isGood: boolean) => void;
}

/** The thread checks these while the event loop reads the next; with all in one message each would wait for the other. */
const MAX_PER_MESSAGE = 4;

export interface ProofThreadOptions {
  /** The bundle of proof-worker.ts. Without it, as under the tests, all are checked on the event loop. */
  readonly file: string | undefined;
  /** Called with the reason why the thread failed; nothing else needs to be done about it. */
  readonly tellFault: (error: unknown) => void;
}

/**
 * Checks the signatures of proofs, the dearest part of a protected call: one that comes alone on the spot, those that
 * come together on a thread of their own, up to four in a message.
 *
 * To wake a thread costs the event loop about as much as to check a signature, so the wake has to be shared. The thread
 * starts when it is first of use and keeps no process alive. Should it fail, what it had is checked here: no signature
 * counts as good that nobody has checked.
 */
export class ProofThread implements SignatureChecks {
  readonly #check = createSignatureCheck();
  readonly #thread: SpareThread | undefined;
  #due: Check[] = [];
  /** What the thread has. It answers in order. */
  #sent: Check[] = [];

  constructor({ file, tellFault }: ProofThreadOptions) {
    if (file === undefined || !existsSync(file)) return;
    this.#thread = new SpareThread({
      start: () => new Worker(file, { name: "proofs", env: {}, execArgv: [] }),
      onMessage: (worker, answers) => this.#take(worker, answers as readonly unknown[]),
      onEnd: () => this.#checkHere(this.#sent.splice(0)),
      tellFault,
    });
  }

  isGood(proof: string): Promise<boolean> {
    return new Promise((resolve) => {
      this.#due.push({ proof, resolve });
      // Comes when every request that has arrived by now has been read.
      if (this.#due.length === 1) setImmediate(() => this.#checkDue());
      if (this.#due.length === MAX_PER_MESSAGE) this.#checkDue();
    });
  }

  /** Ends the thread. What it had is checked here, and so is what comes after. */
  close(): void {
    this.#thread?.close();
  }

  #checkDue(): void {
    const due = this.#due;
    this.#due = [];
    if (due.length === 0) return;
    const worker = due.length > 1 ? this.#thread?.running() : undefined;
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

  #take(worker: Worker, answers: readonly unknown[]): void {
    const checks = this.#sent.splice(0, answers.length);
    checks.forEach(({ resolve }, index) => {
      resolve(answers[index] === true);
    });
    if (this.#sent.length === 0) worker.unref();
  }
}
