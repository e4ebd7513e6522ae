import { afterEach, beforeEach, vi } from "vitest";
import { QrFlow } from "../../../src/client/qr/flow";
import { firstState, viewOf } from "../../../src/client/qr/state";
import type { QrSignInView } from "../../../src/client/qr/view";
import { FakePage, FakeQrService } from "./fake-qr";

export let service: FakeQrService;
export let page: FakePage;
export let flow: QrFlow;
export let sessions: string[];
let views: QrSignInView[];

/** Gives each test of a file a page, a service and a clock of its own. The flow begins with `start`. */
export function eachTestWithItsOwnFlow(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    service = new FakeQrService();
    page = new FakePage();
    views = [];
    sessions = [];
  });

  afterEach(() => {
    flow.stop();
    vi.useRealTimers();
  });
}

export async function start(): Promise<void> {
  flow = new QrFlow(
    {
      calls: service.calls((sessionId) => sessions.push(sessionId)),
      follow: service.follow,
      page,
      now: Date.now,
      random: () => 0.5,
      onState: (state) => views.push(viewOf(state)),
    },
    firstState(page.isOnline()),
  );
  await pass(10);
}

export const pass = (durationInMs: number) => vi.advanceTimersByTimeAsync(durationInMs);
export const view = () => views.at(-1) as QrSignInView;
export const statuses = () => views.map(({ status }) => status).filter((each, i, all) => each !== all[i - 1]);
export const shownNumber = () => {
  const now = view();
  return now.status === "waiting" ? Number(/\d+$/.exec(now.code.payload)?.[0]) : null;
};
