"use client";

import { type CountersignClient, createCountersignClient } from "../../client/create-client";
import type { AppRouter } from "../../server/faces/trpc/router";

let client: CountersignClient<AppRouter> | undefined;

/** The one client of this tab. Only for the browser: its key, its tokens and its streams live there. */
export function countersign(): CountersignClient<AppRouter> {
  client ??= createCountersignClient<AppRouter>({ url: window.location.origin, delivery: "cookie" });
  return client;
}
