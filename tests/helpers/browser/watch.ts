import type { BrowserContext, Request } from "playwright-core";

export const REFRESH_PATH = "/api/auth/refresh-token";
export const LIVE_PATH = "/api/trpc/sessions.live";

export interface SeenRequest {
  readonly atInMs: number;
  readonly method: string;
  readonly url: string;
  readonly body: string | null;
  readonly request: Request;
}

/** All that the tabs of a profile send, say and complain of, from now on. */
export interface Watch {
  readonly requests: readonly SeenRequest[];
  /** Console messages and uncaught errors. */
  readonly messages: readonly string[];
  /** The addresses of the documents that any tab has shown. */
  readonly documents: readonly string[];
  to(path: string): SeenRequest[];
  /** Requests to `path` that have not ended. */
  open(path: string): number;
  /** From now on, only what comes. */
  clear(): void;
}

export function watch(profile: BrowserContext): Watch {
  const requests: SeenRequest[] = [];
  const messages: string[] = [];
  const documents: string[] = [];
  const underWay = new Set<Request>();
  const pathOf = (url: string) => new URL(url).pathname;
  profile.on("request", (request) => {
    underWay.add(request);
    requests.push({
      atInMs: Date.now(),
      method: request.method(),
      url: request.url(),
      body: request.postData(),
      request,
    });
  });
  for (const end of ["requestfinished", "requestfailed"] as const) {
    profile.on(end as "requestfinished", (request) => void underWay.delete(request));
  }
  profile.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
  profile.on("weberror", (error) => messages.push(`uncaught: ${error.error().message}`));
  profile.on("page", (page) => {
    page.on("framenavigated", (frame) => documents.push(frame.url()));
  });
  return {
    requests,
    messages,
    documents,
    to: (path) => requests.filter(({ url }) => pathOf(url) === path),
    open: (path) => [...underWay].filter((request) => pathOf(request.url()) === path).length,
    clear() {
      requests.length = 0;
      messages.length = 0;
      documents.length = 0;
    },
  };
}
