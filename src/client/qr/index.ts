import { plainCode } from "../../contract/plain-code";
import { loadPart } from "../calls/load-part";
import type { FetchLike } from "../calls/proven-fetch";
import { outcomeOfFault } from "../session/store-fault";
import type { TabChannel } from "../tabs/tab-channel";
import type { TabLocks } from "../tabs/tab-lock";
import type { QrCallsOptions } from "./calls";
import { currentPage, type PageSurroundings } from "./page";
import type { QrTab } from "./qr-tab";
import type { QrCommand } from "./tab-messages";
import { type QrSignInView, unavailableCause } from "./view";

export type { DigitsEntry, QrSignInView, ScannedConfirmation, ShownCode, UnavailableCause } from "./view";

/** Signs this computer in by a code that a signed-in phone scans. */
export interface Qr {
  /**
   * Asks for a code and waits for the phone: by a stream, and by polling where no stream can be had. A code renews
   * itself while somebody can see the page, five times; then it waits for `renew()`. The session begins as after a
   * password sign-in. The tabs of a browser show one and the same code.
   *
   * @param listener called with each new view; times in it are milliseconds since the epoch
   */
  start(listener: (view: QrSignInView) => void): QrSignIn;
}

/** A sign-in that waits. Nothing throws: what becomes of it is in the view. */
export interface QrSignIn {
  readonly view: QrSignInView;
  /** A new code, after whatever came before it. */
  renew(): void;
  /** Gives the sign-in up, also after it was scanned. */
  cancel(): void;
  /** The six digits that the phone shows; anything but digits is left out. */
  enterCode(digits: string): void;
  /** Ends it here. The code is cancelled unless another tab shows it. */
  stop(): void;
}

export interface QrOptions extends QrCallsOptions {
  readonly fetch: FetchLike;
  readonly baseUrl: string;
  readonly tabs: TabChannel;
  readonly locks: TabLocks | undefined;
  readonly scope: string;
  readonly page?: PageSurroundings;
  readonly random?: () => number;
}

export interface ClosableQr extends Qr {
  close(): void;
}

export function createQr(options: QrOptions): ClosableQr {
  const open = new Set<QrSignIn>();
  return {
    start(listener) {
      const signIn = startQrSignIn(options, listener, () => open.delete(signIn));
      open.add(signIn);
      return signIn;
    },
    close() {
      for (const signIn of [...open]) signIn.stop();
    },
  };
}

function startQrSignIn(
  options: QrOptions,
  listener: (view: QrSignInView) => void,
  onStop: () => void,
): QrSignIn {
  let view: QrSignInView = { status: "starting" };
  let tab: QrTab | undefined;
  let isStopped = false;
  const show = (next: QrSignInView) => {
    if (isStopped) return;
    view = next;
    listener(next);
  };
  const begin = async () => {
    try {
      const opened = await openTab(options, show, () => isStopped);
      tab = opened;
    } catch (error) {
      // A script that did not load, or a fault of our own.
      show({ status: "unavailable", cause: unavailableCause(outcomeOfFault(error)), retryAtInMs: null });
    }
  };
  const act = (command: QrCommand) => tab?.do(command);
  void begin();
  return {
    get view() {
      return view;
    },
    renew() {
      if (tab) tab.do({ type: "renew" });
      else if (view.status === "unavailable") void begin();
    },
    cancel: () => act({ type: "cancel" }),
    enterCode: (digits) => act({ type: "enter", digits: plainCode(digits).replace(/\D/g, "") }),
    stop() {
      isStopped = true;
      tab?.stop();
      onStop();
    },
  };
}

/** Loaded only when somebody starts: a user who signs in with a password never needs it. */
async function openTab(
  options: QrOptions,
  onView: (view: QrSignInView) => void,
  isStopped: () => boolean,
): Promise<QrTab | undefined> {
  const [{ QrTab }, { createQrCalls }, { createFollowStream }] = await loadPart(() =>
    Promise.all([import("./qr-tab"), import("./calls"), import("./status-stream")]),
  );
  if (isStopped()) return undefined;
  return new QrTab({
    ...options,
    calls: createQrCalls(options),
    follow: createFollowStream(options),
    page: options.page ?? currentPage(),
    random: options.random ?? Math.random,
    onView,
  });
}
