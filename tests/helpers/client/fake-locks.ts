import type { TabLocks } from "../../../src/client/tabs/tab-lock";

interface Entry {
  readonly name: string;
  readonly mode: LockMode;
  readonly start: () => void;
}

/**
 * A lock manager for tests, of the Web Locks kind: one of these is one browser.
 *
 * @param grantDelayInMs how long a lock that has become free takes to reach the next tab
 */
export function fakeLocks(grantDelayInMs = 0): TabLocks {
  const held: Entry[] = [];
  let waiting: Entry[] = [];

  const grant = () => {
    for (const entry of [...waiting]) {
      const others = held.filter(({ name }) => name === entry.name);
      const free =
        others.length === 0 || (entry.mode === "shared" && others.every((o) => o.mode === "shared"));
      if (!free) continue;
      waiting = waiting.filter((other) => other !== entry);
      held.push(entry);
      entry.start();
    }
  };

  const run = (name: string, options: LockOptions, callback: LockGrantedCallback<unknown>) =>
    new Promise<unknown>((resolve, reject) => {
      const mode = options.mode ?? "exclusive";
      const entry: Entry = {
        name,
        mode,
        start: () => {
          void (async () => callback({ name, mode }))()
            .then(resolve, reject)
            .finally(() => {
              held.splice(held.indexOf(entry), 1);
              if (grantDelayInMs > 0) setTimeout(grant, grantDelayInMs);
              else grant();
            });
        },
      };
      options.signal?.addEventListener("abort", () => {
        if (!waiting.includes(entry)) return;
        waiting = waiting.filter((other) => other !== entry);
        reject(options.signal?.reason);
      });
      waiting.push(entry);
      queueMicrotask(grant);
    });

  const request = (name: string, ...rest: unknown[]) => {
    const callback = rest.at(-1) as LockGrantedCallback<unknown>;
    return run(name, rest.length > 1 ? (rest[0] as LockOptions) : {}, callback);
  };
  return {
    request: request as TabLocks["request"],
    query: async () => ({
      held: held.map(({ name, mode }) => ({ name, mode })),
      pending: waiting.map(({ name, mode }) => ({ name, mode })),
    }),
  };
}
