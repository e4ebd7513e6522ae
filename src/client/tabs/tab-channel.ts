import type { LiveEvent } from "../../contract/schemas";
import { withinTime } from "../calls/time-limit";
import type { QrTabMessage } from "../qr/tab-messages";
import type { Tokens } from "../session/token-store";
import type { TabLocks } from "./tab-lock";

/** What the tabs of a browser say to each other. Same origin, in memory only. */
export type TabMessage =
  | { readonly type: "tokens"; readonly tokens: Tokens; readonly epoch: number; readonly generation: number }
  /** Who has a usable token of this generation, or of a later one? */
  | { readonly type: "ask"; readonly generation: number }
  /** The answer of a tab that does not have it. */
  | { readonly type: "stale"; readonly generation: number }
  /** The user has asked this tab to sign out: the service's word of the end may come before ours. */
  | { readonly type: "leaving" }
  | {
      readonly type: "signed_out";
      readonly reason: string;
      readonly epoch: number;
      readonly generation: number;
    }
  | { readonly type: "live"; readonly event: LiveEvent }
  /** Does a tab hold the stream for all? */
  | { readonly type: "live_ask" }
  /** This one does. */
  | { readonly type: "live_kept" }
  | { readonly type: "qr"; readonly message: QrTabMessage };

/** The channel between the tabs of one browser that use one service. */
export interface TabChannel {
  post(message: TabMessage): void;
  /** @returns how to stop listening */
  listen(listener: (message: TabMessage) => void): () => void;
  /** From now on this tab counts as one that may hold a token. */
  announce(): void;
  /** How many other tabs may hold a token, and so will answer; "unknown" where the browser does not count them. */
  countOthers(): Promise<number | "unknown">;
  close(): void;
}

/** Browsers count at once; one that does not is not waited for. */
const COUNT_LIMIT_IN_MS = 1_000;

/** The part of BroadcastChannel that is used here. */
export type ChannelConstructor = new (name: string) => BroadcastChannel;

export interface TabChannelOptions {
  readonly scope: string;
  readonly BroadcastChannel: ChannelConstructor | undefined;
  readonly locks: TabLocks | undefined;
}

/** Without BroadcastChannel each tab is on its own, which costs a refresh a tab and nothing else. */
export function createTabChannel({ scope, BroadcastChannel, locks }: TabChannelOptions): TabChannel {
  // The number changes when the messages do: tabs of an older release are then not listened to.
  const channel = BroadcastChannel && new BroadcastChannel(`countersign/1:${scope}`);
  if (channel) unref(channel);
  const presence = createPresence(`countersign:present:${scope}`, locks);
  const listeners = new Set<(message: TabMessage) => void>();
  channel?.addEventListener("message", ({ data }: MessageEvent<TabMessage>) => {
    for (const listener of [...listeners]) listener(data);
  });
  return {
    post: (message) => channel?.postMessage(message),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    announce: presence.announce,
    countOthers: async () => (channel === undefined ? 0 : await presence.countOthers()),
    close() {
      listeners.clear();
      channel?.close();
      presence.leave();
    },
  };
}

/** A shared lock that each tab holds while it lives: the browser itself counts them. */
function createPresence(name: string, locks: TabLocks | undefined) {
  let leave: (() => void) | undefined;
  return {
    announce() {
      if (leave || !locks) return;
      const held = new Promise<void>((resolve) => {
        leave = resolve;
      });
      locks.request(name, { mode: "shared" }, () => held).catch(() => {});
    },
    async countOthers(): Promise<number | "unknown"> {
      if (!locks) return "unknown";
      try {
        const holders =
          (await withinTime("storage", locks.query(), COUNT_LIMIT_IN_MS)).held?.filter(
            (lock) => lock.name === name,
          ) ?? [];
        return Math.max(0, holders.length - (leave ? 1 : 0));
      } catch {
        return "unknown";
      }
    },
    leave: () => leave?.(),
  };
}

/** In Node an open channel would keep the process alive. */
function unref(channel: object): void {
  if ("unref" in channel && typeof channel.unref === "function") channel.unref();
}
