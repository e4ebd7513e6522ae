import type { SessionState } from "../session/session-state";
import type { TabChannel } from "../tabs/tab-channel";
import type { TabLocks } from "../tabs/tab-lock";
import { createDueTimer } from "./due-timer";
import { QrFlow, type QrFlowOptions } from "./flow";
import { firstState, type QrState, viewOf } from "./state";
import type { QrCommand, QrTabMessage } from "./tab-messages";
import type { QrSignInView } from "./view";

export interface QrTabOptions extends Omit<QrFlowOptions, "onState"> {
  readonly session: SessionState;
  readonly tabs: TabChannel;
  /** Undefined where the tabs cannot agree on one that leads: then each is on its own. */
  readonly locks: TabLocks | undefined;
  readonly scope: string;
  readonly onView: (view: QrSignInView) => void;
}

/** A tab that leads answers at once; nobody waits for one that does not. */
const ANSWER_WITHIN_IN_MS = 3_000;

/**
 * One tab that shows a sign-in. The tab that holds a lock leads: it alone asks, watches and redeems, and tells the others
 * its state. They show it, and send it what is asked of them. When it goes, the next goes on where it was.
 */
export class QrTab {
  readonly #options: QrTabOptions;
  readonly #id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  /** The other tabs that show it. */
  readonly #others = new Set<string>();
  readonly #timer: ReturnType<typeof createDueTimer>;
  readonly #stops: (() => void)[];
  #flow: QrFlow | undefined;
  /** What the tab that leads said last. */
  #heard: QrState | undefined;
  #visit: AbortController | undefined;
  #isLeader = false;

  constructor(options: QrTabOptions) {
    this.#options = options;
    const { tabs, page, session, now } = options;
    this.#timer = createDueTimer(now, () => this.#look());
    this.#stops = [
      tabs.listen((message) => message.type === "qr" && this.#hear(message.message)),
      page.onChange(() => this.#look()),
      page.onLeave((what) => (what === "left" ? this.#leave() : this.#begin())),
      session.onChange((change) => change.type === "signed_in" && this.#signedIn()),
    ];
    this.#begin();
  }

  do(command: QrCommand): void {
    if (this.#flow) this.#flow.do(command);
    else this.#post({ type: "command", command });
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#leave();
  }

  #begin(): void {
    if (this.#visit) return;
    const visit = new AbortController();
    this.#visit = visit;
    const { locks, scope } = this.#options;
    if (!locks) {
      this.#lead();
      return;
    }
    this.#post({ type: "here", tab: this.#id, isNew: true });
    const alone = () => {
      if (!visit.signal.aborted && !this.#flow && !this.#heard) this.#lead();
    };
    const timer = setTimeout(alone, ANSWER_WITHIN_IN_MS);
    const held = new Promise<void>((release) => {
      visit.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        release();
      });
    });
    locks
      .request(`countersign:qr:${scope}`, { signal: visit.signal }, () => {
        if (visit.signal.aborted) return;
        this.#isLeader = true;
        if (this.#flow) this.#post({ type: "state", state: this.#flow.state });
        else this.#lead();
        return held;
      })
      // Left while waiting; or a browser that refuses locks.
      .catch(alone);
  }

  #leave(): void {
    if (!this.#visit) return;
    // In this order: who comes after has the latest state before it has the lock.
    this.#post({ type: "gone", tab: this.#id });
    this.#endFlow(this.#isLeader && this.#others.size > 0 ? "go_on" : "nobody");
    this.#timer.stop();
    this.#visit.abort();
    this.#visit = undefined;
    this.#isLeader = false;
    this.#heard = undefined;
    this.#others.clear();
  }

  #endFlow(whoFollows: "go_on" | "nobody"): void {
    if (whoFollows === "nobody") this.#flow?.abandon();
    else this.#flow?.stop();
    this.#flow = undefined;
  }

  #lead(): void {
    this.#timer.stop();
    const state = this.#heard ?? firstState(this.#options.page.isOnline());
    this.#flow = new QrFlow({ ...this.#options, onState: (next) => this.#show(next) }, state);
  }

  #show(state: QrState): void {
    if (this.#isLeader) this.#post({ type: "state", state });
    this.#options.onView(viewOf(state));
  }

  /** This browser has a session by another way: nobody needs the code any more. */
  #signedIn(): void {
    // By this very code; the state that says so follows.
    if ((this.#flow?.state ?? this.#heard)?.phase.status === "redeeming") return;
    this.#endFlow("nobody");
    this.#leave();
  }

  #look(): void {
    if (this.#flow || !this.#options.page.isVisible()) return;
    this.#post({ type: "command", command: { type: "look" } });
  }

  #hear(message: QrTabMessage): void {
    if (!this.#visit) return;
    switch (message.type) {
      case "here":
        this.#others.add(message.tab);
        if (!message.isNew) return;
        this.#post({ type: "here", tab: this.#id, isNew: false });
        if (this.#isLeader && this.#flow) this.#post({ type: "state", state: this.#flow.state });
        return;
      case "gone":
        this.#others.delete(message.tab);
        return;
      case "command":
        if (this.#isLeader) this.#flow?.do(message.command);
        return;
      case "state":
        this.#followLeader(message.state);
    }
  }

  #followLeader(state: QrState): void {
    if (this.#isLeader) return;
    // We had thought that nobody leads.
    this.#endFlow("nobody");
    this.#heard = state;
    this.#timer.set(state);
    this.#options.onView(viewOf(state));
  }

  #post(message: QrTabMessage): void {
    if (this.#options.locks) this.#options.tabs.post({ type: "qr", message });
  }
}
