import { createTRPCClient, createTRPCUntypedClient, type TRPCClient, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import type { LiveEvent } from "../contract/schemas";
import type { AppRouter } from "../server/faces/trpc/router";
import { createClock } from "./calls/clock";
import { accessTokenLink } from "./calls/links/access-token-link";
import { clockLink } from "./calls/links/clock-link";
import { proofLink } from "./calls/links/proof-link";
import { refreshLink } from "./calls/links/refresh-link";
import { stepUpLink } from "./calls/links/step-up-link";
import { createProvenFetch, type FetchLike } from "./calls/proven-fetch";
import { createCallService } from "./calls/service";
import { createTokenFetch } from "./calls/token-fetch";
import { checkSettings } from "./check-settings";
import { nothingShared, type SharedBrowser, sharedBrowser } from "./environment";
import {
  createDeviceKey,
  type DeviceKeyStore,
  indexedDbDeviceKeyStore,
  memoryDeviceKeyStore,
} from "./key/device-key";
import { createQr, type Qr } from "./qr";
import { type Auth, createAuth } from "./session/auth";
import { createRefresh } from "./session/refresh";
import { type SessionChange, SessionState } from "./session/session-state";
import { createStampStore } from "./session/stamp";
import { tellingFaults } from "./session/store-fault";
import { memoryTokenStore, type TokenStore } from "./session/token-store";
import { WaitingCalls } from "./session/waiting-calls";
import { createLive, type Live, type LiveOptions } from "./tabs/live";
import { createTabChannel } from "./tabs/tab-channel";

export type SignedOut = Extract<SessionChange, { type: "signed_out" }>;

interface CommonOptions {
  /** The service's address (APP_URL): an origin, such as `https://accounts.example.com`, without a path. */
  readonly url: string | URL;
  /**
   * Which application this page is, as the operator has registered it (`client add … --origins`). The person who approves,
   * the list of sessions and the audit trail then show its name. The page has to be at one of the client's origins.
   */
  readonly clientId?: string | undefined;
  /** IndexedDB where there is one, else memory. */
  readonly deviceKeyStore?: DeviceKeyStore;
  /** Takes the place of the global one: for tests, proxies, certificates of one's own. */
  readonly fetch?: FetchLike;
  /** Called once when a session has ended, by whichever tab: the place to go to the sign-in page. */
  readonly onSignedOut?: (change: SignedOut) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** For browsers: the refresh token stays in a sealed cookie, the tabs share one access token, in memory. */
export interface CookieClientOptions extends CommonOptions {
  readonly delivery: "cookie";
  /** Takes the place of what the browser has. */
  readonly browser?: SharedBrowser;
}

/** For services and tools: both tokens are in the hands of this client. */
export interface BodyClientOptions extends CommonOptions {
  readonly delivery: "body";
  /** Memory, unless another one is given. */
  readonly tokenStore?: TokenStore;
}

export type CountersignClientOptions = CookieClientOptions | BodyClientOptions;

export interface CountersignClient<TRouter extends AnyTRPCRouter = AppRouter> {
  /** The typed API. */
  readonly trpc: TRPCClient<TRouter>;
  /** For clients made elsewhere, as `createClient({ links })` of `@trpc/react-query`. */
  readonly links: TRPCLink<TRouter>[];
  readonly auth: Auth;
  readonly live: Live;
  /** Sign-in by a code that a signed-in phone scans. */
  readonly qr: Qr;
  /**
   * Calls a service of yours that verifies the tokens (`countersign/verify`): like `fetch`, with the access token and a
   * proof for this address. Renews the token when it has to, and then tries once more. The body must be such as can be sent
   * twice: text, not a stream.
   *
   * DANGER: the token goes to whatever address is given. It is worth nothing there without the key, if it is bound.
   *
   * @throws what fetch throws, and what the token store throws
   */
  readonly fetch: FetchLike;
  /** Lets go of streams, locks and channels. Calls made afterwards are not defined. */
  close(): void;
}

/**
 * A client of the service that signs its calls with the device's key, renews its tokens by itself, and in a browser does
 * both together with the other tabs.
 *
 * Calls are refused with a `TRPCClientError` whose `data.reason` is an `ErrorCode`. Nothing but the service's own "no"
 * to a refresh ends a session: without network, with too many calls or a wrong clock the call fails and the tokens stay.
 *
 * @throws TypeError for settings that are not understood, with what was expected and what was found
 * @example
 * import { createCountersignClient } from "countersign/client";
 *
 * const client = createCountersignClient({ url: "https://accounts.example.com", delivery: "cookie" });
 * const restored = await client.auth.restore();
 * if (restored.status === "signed_in") console.log((await client.trpc.auth.me.query()).user.username);
 */
export function createCountersignClient<TRouter extends AnyTRPCRouter = AppRouter>(
  options: CountersignClientOptions,
): CountersignClient<TRouter> {
  const parts = assemble(options);
  const { session, refresh, now } = parts;
  const transport = { ...parts, url: `${parts.baseUrl}/api/trpc` };
  const links: TRPCLink<TRouter>[] = [
    stepUpLink(parts.waitingCalls),
    refreshLink({ refresh, now }),
    accessTokenLink({ session, refresh }),
    clockLink(parts.clock),
    proofLink(transport),
  ];
  const locks = parts.isShared ? parts.locks : undefined;
  const live = createLive({ ...parts, locks, subscribe: liveSubscription(links) });
  const qr = createQr({ ...parts, locks });
  const { onSignedOut } = options;
  if (onSignedOut) session.onChange((change) => change.type === "signed_out" && onSignedOut(change));
  const stopWatching = watchReturn(session);
  return {
    trpc: createTRPCClient<TRouter>({ links }),
    links,
    auth: createAuth(parts),
    live,
    qr,
    fetch: createTokenFetch(parts),
    close() {
      parts.waitingCalls.settle(false);
      qr.close();
      live.close();
      stopWatching();
      session.close();
      parts.tabs.close();
    },
  };
}

function assemble(options: CountersignClientOptions) {
  const baseUrl = checkSettings(options);
  const { delivery, clientId } = options;
  const now = options.now ?? Date.now;
  const scope = baseUrl.replace(/^\w+:\/\//, "");
  const browser = delivery === "cookie" ? (options.browser ?? sharedBrowser()) : nothingShared;
  const deviceKey = createDeviceKey(options.deviceKeyStore ?? defaultDeviceKeyStore(scope));
  const tabs = createTabChannel({ scope, ...browser });
  const session = new SessionState({
    delivery,
    tokenStore: tellingFaults((delivery === "body" ? options.tokenStore : undefined) ?? memoryTokenStore()),
    stamps: createStampStore(`countersign:${scope}`, browser.storage),
    tabs,
    deviceKey,
    now,
  });
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const clock = createClock(now);
  const provenFetch = createProvenFetch({ fetch, deviceKey, clock });
  const callService = createCallService({ baseUrl, delivery, deviceKey, provenFetch });
  const { locks } = browser;
  const refresh = createRefresh({ session, deviceKey, callService, delivery, scope, locks, now });
  // Tabs that cannot talk to each other would wait for each other without an end.
  const isShared = browser.BroadcastChannel !== undefined;
  const waitingCalls = new WaitingCalls();
  // Whoever is gone proves nothing any more, and whoever comes next must not do so for calls that are not theirs.
  session.onChange(() => waitingCalls.settle(false));
  const ways = { fetch, provenFetch, callService, refresh, waitingCalls };
  return { ...ways, delivery, clientId, now, baseUrl, scope, locks, isShared, tabs, session, clock };
}

function defaultDeviceKeyStore(scope: string): DeviceKeyStore {
  return "indexedDB" in globalThis ? indexedDbDeviceKeyStore(scope) : memoryDeviceKeyStore();
}

function liveSubscription<TRouter extends AnyTRPCRouter>(
  links: TRPCLink<TRouter>[],
): LiveOptions["subscribe"] {
  const untyped = createTRPCUntypedClient<TRouter>({ links });
  return ({ onEvent, onEnd }) => {
    const subscription = untyped.subscription("sessions.live", undefined, {
      onData: (event) => onEvent(event as LiveEvent),
      onError: onEnd,
      onComplete: onEnd,
    });
    return () => subscription.unsubscribe();
  };
}

/** A page that was frozen or kept for the back button has heard nothing meanwhile. */
function watchReturn(session: SessionState): () => void {
  if (typeof globalThis.addEventListener !== "function") return () => {};
  const check = () => session.check();
  const events = ["pageshow", "storage", "focus"];
  for (const event of events) globalThis.addEventListener(event, check);
  return () => {
    for (const event of events) globalThis.removeEventListener(event, check);
  };
}
