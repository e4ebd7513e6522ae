import { createContext, useContext } from "react";
import type { CountersignClient } from "../create-client";
import type { RestoreOutcome } from "../session/auth";
import type { Follow } from "./following";

export interface CountersignContext {
  /** Undefined where there is no window: key, tokens and streams live in browsers. */
  readonly client: CountersignClient | undefined;
  /** What became of looking for a session at the start; undefined while that is under way. */
  readonly restored: RestoreOutcome | undefined;
  readonly restore: () => void;
  /** Keeps who is shown in step with the service. Undefined where there is no client. */
  readonly follow: Follow | undefined;
}

export const Context = createContext<CountersignContext | undefined>(undefined);

/** @throws when there is no `CountersignProvider` above */
export function useCountersignContext(): CountersignContext {
  const context = useContext(Context);
  if (!context) throw new Error("This hook works below a CountersignProvider only.");
  return context;
}

/**
 * The client of the provider above, for event handlers and effects; undefined while a page is rendered on a server.
 *
 * @throws when there is no `CountersignProvider` above
 * @example
 * import { useCountersign } from "countersign/react";
 *
 * export function Reports() {
 *   const client = useCountersign();
 *   const load = () => client?.fetch("https://api.example.com/reports");
 *   return <button onClick={load}>Load</button>;
 * }
 */
export function useCountersign(): CountersignClient | undefined {
  return useCountersignContext().client;
}
