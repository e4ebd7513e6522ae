import { act, type ReactNode, StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { createCountersignClient } from "../../../src/client/create-client";
import { memoryDeviceKeyStore } from "../../../src/client/key/device-key";
import {
  type CountersignClient,
  CountersignProvider,
  type SignIn,
  type SignOut,
  useSession,
  useSignIn,
  useSignOut,
} from "../../../src/client/react/index";
import { type FakeRouter, FakeService } from "./fake-service";

export let service: FakeService;
export let client: CountersignClient;
export let page: HTMLElement;
let root: Root | undefined;

/** Gives each test of a file a service, a client and an empty page of its own. */
export function eachTestOnAPageOfItsOwn(): void {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);

  beforeEach(() => {
    service = new FakeService();
    const fake = createCountersignClient<FakeRouter>({
      url: service.url,
      delivery: "body",
      deviceKeyStore: memoryDeviceKeyStore(),
      fetch: (url, init) => service.handle(new Request(url, init)),
    });
    client = fake as unknown as CountersignClient;
    page = document.createElement("div");
  });

  afterEach(async () => {
    await unmount();
    client.close();
  });
}

export async function unmount(): Promise<void> {
  await act(async () => root?.unmount());
  root = undefined;
}

export async function show(children: ReactNode) {
  root = createRoot(page);
  await showAgain(children);
}

export async function showAgain(children: ReactNode) {
  await act(async () =>
    root?.render(
      <StrictMode>
        <CountersignProvider createClient={() => client}>{children}</CountersignProvider>
      </StrictMode>,
    ),
  );
}

/** Only ends a test that hangs. */
const HANG_IN_MS = 10_000;

/** Lets what is under way come to an end, until the page says so. */
export async function untilPage(text: string) {
  await vi.waitFor(async () => {
    await act(() => new Promise((resolve) => setTimeout(resolve, 5)));
    expect(page.textContent).toBe(text);
  }, HANG_IN_MS);
}

export async function untilStreams(count: number) {
  await vi.waitFor(async () => {
    await act(() => new Promise((resolve) => setTimeout(resolve, 5)));
    expect(service.openStreams).toBe(count);
  }, HANG_IN_MS);
}

export let signIn: SignIn;
export let signOut: SignOut;
export let retry = () => {};

/** Says who is signed in, or how it stands. */
export function Session() {
  const session = useSession();
  if (session.status === "unavailable") retry = session.retry;
  signIn = useSignIn();
  signOut = useSignOut();
  return <>{session.status === "signed_in" ? session.user.username : session.status}</>;
}
