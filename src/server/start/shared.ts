import type { Container } from "../composition/container";
import type { Api } from "../faces/api";

/** What the pages and route handlers, which are bundled apart, use of the running server. */
export interface Shared {
  readonly container: Container;
  readonly api: Api;
}

declare global {
  // One process holds several copies of every module; this is the one place they have in common.
  var countersign: Shared | undefined;
}

export function share(shared: Shared): void {
  globalThis.countersign = shared;
}

/** @throws Error where neither our own server nor Next's instrumentation has composed the service */
export function shared(): Shared {
  if (!globalThis.countersign) throw new Error("The service was not composed. Start it with: npm start");
  return globalThis.countersign;
}
