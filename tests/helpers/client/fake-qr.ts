import type { NoAnswer, QrCalls } from "../../../src/client/qr/calls";
import type { PageSurroundings } from "../../../src/client/qr/page";
import type { QrCode } from "../../../src/client/qr/state";
import type { FollowStream } from "../../../src/client/qr/status-stream";
import type { UnavailableCause } from "../../../src/client/qr/view";
import type { TabChannel, TabMessage } from "../../../src/client/tabs/tab-channel";
import type { QrStatus, QrStatusOutput } from "../../../src/contract/qr";

interface Row {
  readonly code: QrCode;
  told: QrStatusOutput;
  expiresAtInMs: number;
}

export const LIFE_IN_MS = 120_000;

const over: ReadonlySet<QrStatus> = new Set(["consumed", "denied", "cancelled", "expired"]);

/** A service that knows codes, with faults to switch on. Its streams live in this process. */
export class FakeQrService {
  readonly rows: Row[] = [];
  readonly cancelled: string[] = [];
  readonly entered: string[] = [];
  digits = "123456";
  creations = 0;
  redemptions = 0;
  creationDelayInMs = 1;
  polls = 0;
  streams = 0;
  /** What calls, or streams only, are answered with. */
  fault: UnavailableCause | undefined;
  streamFault = false;
  retryAfterInSeconds: number | undefined;
  /** Redemptions whose answer gets lost although they were granted. */
  answersToLose = 0;
  /** Tokens arrive and cannot be kept. */
  storeFault = false;
  /** Whether somebody has signed in on this computer before. */
  isKnownDevice = true;
  readonly #streams = new Map<() => void, string>();
  readonly #told = new Map<() => void, (told: QrStatusOutput) => void>();

  get openStreams(): number {
    return this.#streams.size;
  }

  /** Of the newest code, unless another is named. */
  tell(status: QrStatus, change: Partial<QrStatusOutput> = {}, row = this.rows.at(-1)): void {
    if (!row) throw new Error("There is no code.");
    const claim = status === "pending" || status === "expired" ? {} : { scanned_by: "A•••" };
    row.told = { ...row.told, confirmation: "tap", ...claim, ...change, status };
    if (over.has(status)) row.told = { ...row.told, expires_in: 0 };
    else if (change.expires_in) row.expiresAtInMs = Date.now() + change.expires_in * 1000;
    for (const [end, qrId] of [...this.#streams]) {
      if (qrId !== row.code.qrId) continue;
      this.#told.get(end)?.(this.#present(row));
      if (over.has(status)) end();
    }
  }

  /** As a network does that breaks. */
  dropStreams(): void {
    for (const end of [...this.#streams.keys()]) end();
  }

  readonly follow: FollowStream = (code, onTold, signal) =>
    new Promise((resolve) => {
      this.streams += 1;
      const row = this.rows.find((each) => each.code.qrId === code.qrId);
      if (this.streamFault || this.fault || !row || signal.aborted) {
        setTimeout(resolve, 1);
        return;
      }
      const end = () => {
        this.#streams.delete(end);
        this.#told.delete(end);
        resolve();
      };
      this.#streams.set(end, code.qrId);
      this.#told.set(end, onTold);
      signal.addEventListener("abort", end);
      onTold(this.#present(row));
      if (over.has(row.told.status)) end();
    });

  calls(onSignedIn: (sessionId: string) => void = () => {}): QrCalls {
    return {
      create: async () => {
        this.creations += 1;
        await new Promise((resolve) => setTimeout(resolve, this.creationDelayInMs));
        if (this.fault) return this.#noAnswer(this.fault);
        return { status: "created", code: this.#newRow().code };
      },
      status: async (code) => {
        this.polls += 1;
        await nextTick();
        if (this.fault) return this.#noAnswer(this.fault);
        const row = this.rows.find((each) => each.code.qrId === code.qrId);
        return row ? { status: "told", told: this.#present(row) } : { status: "gone" };
      },
      redeem: async (code) => {
        this.redemptions += 1;
        await nextTick();
        if (this.fault) return this.#noAnswer(this.fault);
        const row = this.rows.find((each) => each.code.qrId === code.qrId);
        switch (row?.told.status) {
          case "approved": {
            this.tell("consumed", {}, row);
            if (this.answersToLose-- > 0) return this.#noAnswer("network");
            const sessionId = `session-of-${code.qrId}`;
            onSignedIn(sessionId);
            return this.storeFault ? this.#noAnswer("token_store") : { status: "signed_in", sessionId };
          }
          case "denied":
          case "cancelled":
            return { status: "denied" };
          case "pending":
          case "scanned":
            return { status: "pending" };
          default:
            return { status: "over" };
        }
      },
      enter: async (code, digits) => {
        this.entered.push(digits);
        await nextTick();
        if (this.fault) return this.#noAnswer(this.fault);
        if (digits !== this.digits) return { status: "wrong" };
        const row = this.rows.find((each) => each.code.qrId === code.qrId);
        this.tell("scanned", { code_entered: true, confirmation: "code" }, row);
        return { status: "entered" };
      },
      cancel: async (code) => {
        this.cancelled.push(code.qrId);
        const row = this.rows.find((each) => each.code.qrId === code.qrId);
        if (row && !over.has(row.told.status)) this.tell("cancelled", {}, row);
      },
    };
  }

  #newRow(): Row {
    const n = this.rows.length + 1;
    const qrId = `qr-${n}`;
    const shown = {
      payload: `https://service.test/q/${qrId}`,
      userCode: `BCDF-GHJ${n}`,
      verificationUri: "https://service.test/scan",
    };
    const secrets = { deviceCode: `device-${n}`, watchToken: `watch-${n}` };
    const expiresAtInMs = Date.now() + LIFE_IN_MS;
    const code = { qrId, shown, ...secrets, intervalInMs: 1_000, expiresAtInMs, isOfUse: this.isKnownDevice };
    const told = { status: "pending", confirmation: null, code_entered: false, scanned_by: null } as const;
    const row = { code, expiresAtInMs, told: { ...told, expires_in: 0 } };
    this.rows.push(row);
    setTimeout(() => !over.has(row.told.status as QrStatus) && this.tell("expired", {}, row), LIFE_IN_MS);
    return row;
  }

  #present({ expiresAtInMs, told }: Row): QrStatusOutput {
    if (over.has(told.status)) return told;
    return { ...told, expires_in: Math.ceil((expiresAtInMs - Date.now()) / 1000) };
  }

  #noAnswer(cause: UnavailableCause): NoAnswer {
    return { status: "unavailable", cause, retryAfterInSeconds: this.retryAfterInSeconds };
  }
}

/** A page whose circumstances a test changes. */
export class FakePage implements PageSurroundings {
  visible = true;
  online = true;
  readonly #changes = new Set<() => void>();
  readonly #leaves = new Set<(what: "left" | "returned") => void>();

  isVisible(): boolean {
    return this.visible;
  }

  isOnline(): boolean {
    return this.online;
  }

  onChange(listener: () => void): () => void {
    this.#changes.add(listener);
    return () => this.#changes.delete(listener);
  }

  onLeave(listener: (what: "left" | "returned") => void): () => void {
    this.#leaves.add(listener);
    return () => this.#leaves.delete(listener);
  }

  change(change: { visible?: boolean; online?: boolean }): void {
    Object.assign(this, change);
    for (const listener of [...this.#changes]) listener();
  }

  go(what: "left" | "returned"): void {
    for (const listener of [...this.#leaves]) listener(what);
  }
}

/** The channels of one browser's tabs: each hears what the others say, a moment later. */
export function fakeChannels(): () => TabChannel {
  const all = new Set<Set<(message: TabMessage) => void>>();
  return () => {
    const own = new Set<(message: TabMessage) => void>();
    all.add(own);
    return {
      post(message) {
        for (const others of all) {
          if (others === own) continue;
          queueMicrotask(() => {
            for (const listener of [...others]) listener(structuredClone(message));
          });
        }
      },
      listen(listener) {
        own.add(listener);
        return () => own.delete(listener);
      },
      announce: () => {},
      countOthers: async () => all.size - 1,
      close: () => void all.delete(own),
    };
  };
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
