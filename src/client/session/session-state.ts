import type { DeviceKey } from "../key/device-key";
import { askForNewerTokens } from "../tabs/ask-other-tabs";
import type { TabChannel, TabMessage } from "../tabs/tab-channel";
import { KeptTokens } from "./kept-tokens";
import { KnownStamp } from "./known-stamp";
import { Leaving } from "./leaving";
import { reasonIn, type Stamp, type StampStore } from "./stamp";
import { type Delivery, isUsable, type TokenStore, type Tokens } from "./token-store";

/** Someone signed in or out, in this tab or in another one. */
export type SessionChange =
  | { readonly type: "signed_in"; readonly sessionId: string; readonly byOtherTab: boolean }
  | {
      readonly type: "signed_out";
      /** "signed_out" when the user asked for it; "no_device_key" when the browser lost the key; else an error code. */
      readonly reason: string;
      /** With "signed_out", false only where `signOut()` was called; else whether another tab was first to know. */
      readonly byOtherTab: boolean;
    };

export interface SessionStateOptions {
  readonly delivery: Delivery;
  readonly tokenStore: TokenStore;
  readonly stamps: StampStore;
  readonly tabs: TabChannel;
  readonly deviceKey: DeviceKey;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Who is signed in, as far as this tab knows: the tokens in memory, the stamp all tabs share, and what other tabs say.
 *
 * The epoch tells sign-ins apart, so that an answer that was under way while someone signed in or out is dropped.
 */
export class SessionState {
  readonly #options: SessionStateOptions;
  readonly #listeners = new Set<(change: SessionChange) => void>();
  readonly #stopListening: () => void;
  readonly #kept: KeptTokens;
  readonly #known: KnownStamp;
  readonly #leaving = new Leaving();
  #tokens: Tokens | undefined;
  #isPresent = false;

  constructor(options: SessionStateOptions) {
    this.#options = options;
    this.#kept = new KeptTokens(options.tokenStore);
    this.#known = new KnownStamp(options.stamps);
    this.#stopListening = options.tabs.listen((message) => this.#hear(message));
  }

  /** The tokens of the present sign-in, fresh or not. */
  get current(): Tokens | undefined {
    this.#followStamp();
    return this.#tokens;
  }

  get usable(): Tokens | undefined {
    const tokens = this.current;
    return isUsable(tokens, this.#options.now()) ? tokens : undefined;
  }

  get epoch(): number {
    this.#followStamp();
    return this.#known.epoch;
  }

  /** What may be said without asking the service. */
  get hint(): "signed_in" | "signed_out" | "unknown" {
    this.#followStamp();
    return this.#tokens ? "signed_in" : (this.#known.shared?.state ?? this.#known.state);
  }

  /** Whether a protected call now would be doomed although someone is, or may be, signed in. */
  get wantsRefresh(): boolean {
    if (this.current) return this.usable === undefined;
    // Tokens delivered in the body may wait in the store for the first use.
    return this.hint === "signed_in" || (this.hint === "unknown" && this.#options.delivery === "body");
  }

  /** Takes the tokens of a new sign-in. Also when the store cannot keep them: then it rejects afterwards. */
  begin(tokens: Tokens): Promise<void> {
    return this.#take(tokens, this.#known.next(1, "signed_in"));
  }

  /** Takes the successors of the present tokens, as `begin` does. */
  renew(tokens: Tokens): Promise<void> {
    return this.#take(tokens, this.#known.next(0, "signed_in"));
  }

  /** The user is signing out: however a tab learns of the end, that is why. */
  leave(): void {
    this.#leaving.askedHere();
    this.#options.tabs.post({ type: "leaving" });
  }

  /**
   * Forgets the tokens, here and in the other tabs, and clears the store, unless another process has signed in again.
   *
   * @returns whether the store could be cleared
   */
  async end(why: string): Promise<boolean> {
    const wasSignedIn = this.hint === "signed_in";
    const end = this.#leaving.explain({ reason: why, byOtherTab: false });
    const { reason } = end;
    const stamp = { ...this.#known.next(1, "signed_out"), ...reasonIn(reason) };
    const sessionId = this.#tokens?.sessionId;
    this.#tokens = undefined;
    this.#known.take(stamp);
    this.#options.tabs.post({ type: "signed_out", reason, epoch: stamp.epoch, generation: stamp.generation });
    const isCleared = await this.#kept.clear(sessionId);
    if (wasSignedIn) this.#tell({ type: "signed_out", ...end });
    return isCleared;
  }

  /**
   * Reads the token store again: another process may have renewed, or a former one have left, the tokens. What the store
   * could not keep stays in memory until the store has something new.
   *
   * @returns "key_lost" when they are bound to a key that is not here any more: then they are of no use, and cleared
   */
  async reload(): Promise<"read" | "key_lost"> {
    if (this.#options.delivery === "cookie") return "read";
    const { tokens, isNews } = await this.#kept.look();
    if (!isNews && this.#known.state !== "unknown") return "read";
    if (tokens && !(await this.#holdsKeyOf(tokens))) {
      await this.end("no_device_key");
      return "key_lost";
    }
    if (tokens) this.#accept(tokens, this.#known.next(0, "signed_in"), false);
    else this.#endedElsewhere(this.#known.next(1, "signed_out"), "signed_out");
    return "read";
  }

  /**
   * Asks the other tabs for a newer access token.
   *
   * @returns whether one had it
   */
  async adoptFromOtherTab(): Promise<boolean> {
    const former = this.current;
    const stamp = this.#known.shared;
    if (stamp?.state !== "signed_in") return false;
    await askForNewerTokens(this.#options.tabs, { own: this.#known.generation, announced: stamp.generation });
    return this.usable !== undefined && this.usable.accessToken !== former?.accessToken;
  }

  /** Looks whether another tab has signed in or out unheard. */
  check(): void {
    this.#followStamp();
  }

  /** @returns how to stop listening */
  onChange(listener: (change: SessionChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#stopListening();
    this.#listeners.clear();
  }

  async #take(tokens: Tokens, stamp: Stamp): Promise<void> {
    this.#accept(tokens, stamp, false);
    this.#options.tabs.post({ type: "tokens", tokens, epoch: stamp.epoch, generation: stamp.generation });
    await this.#kept.save(tokens);
  }

  #accept(tokens: Tokens, stamp: Stamp, byOtherTab: boolean): void {
    const formerSession = this.#tokens?.sessionId;
    this.#tokens = tokens;
    this.#known.take(stamp);
    this.#isPresent = true;
    this.#options.tabs.announce();
    if (formerSession === tokens.sessionId) return;
    this.#leaving.forget();
    this.#tell({ type: "signed_in", sessionId: tokens.sessionId, byOtherTab });
  }

  #hear(message: TabMessage): void {
    switch (message.type) {
      case "tokens":
        this.#followStamp();
        if (message.epoch < this.#known.epoch || message.generation <= this.#known.generation) return;
        this.#accept(message.tokens, { ...message, state: "signed_in" }, true);
        void this.#check(message.tokens);
        return;
      case "signed_out":
        if (message.epoch > this.#known.epoch)
          this.#endedElsewhere({ ...message, state: "signed_out" }, message.reason);
        return;
      case "leaving":
        this.#leaving.askedElsewhere();
        return;
      case "ask":
        this.#answer(message.generation);
    }
  }

  /** Another tab may still hold in memory a key that the store has lost: its tokens are of use to that tab alone. */
  async #check(tokens: Tokens): Promise<void> {
    const isHeld = await this.#holdsKeyOf(tokens);
    if (!isHeld && this.#tokens?.keyThumbprint === tokens.keyThumbprint) await this.end("no_device_key");
  }

  /** A key that cannot be looked for now is not lost. */
  #holdsKeyOf({ keyThumbprint }: Tokens): Promise<boolean> {
    return this.#options.deviceKey.holds(keyThumbprint).catch(() => true);
  }

  #answer(generation: number): void {
    // Who never had a token is not counted among those that are asked.
    if (!this.#isPresent) return;
    const { usable } = this;
    const { epoch, generation: own } = this.#known;
    const hasIt = usable !== undefined && own >= generation;
    this.#options.tabs.post(
      hasIt ? { type: "tokens", tokens: usable, epoch, generation: own } : { type: "stale", generation },
    );
  }

  /** A message can be missed (a frozen tab); the stamp cannot. */
  #followStamp(): void {
    const stamp = this.#known.shared;
    if (!stamp || stamp.epoch <= this.#known.epoch) return;
    if (stamp.state === "signed_out") {
      this.#endedElsewhere(stamp, stamp.reason ?? "signed_out");
      return;
    }
    this.#tokens = undefined;
    this.#leaving.forget();
    this.#known.followSignIn(stamp.epoch);
  }

  #endedElsewhere(stamp: Stamp, reason: string): void {
    const wasSignedIn = this.#tokens !== undefined || this.#known.state === "signed_in";
    this.#tokens = undefined;
    this.#known.take(stamp);
    if (wasSignedIn)
      this.#tell({ type: "signed_out", ...this.#leaving.explain({ reason, byOtherTab: true }) });
  }

  #tell(change: SessionChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}
