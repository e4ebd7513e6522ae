import { afterEach, beforeEach } from "vitest";
import type { Driver } from "../../src/platform/storage/driver";
import { createStores, type Stores } from "../../src/platform/storage/stores/stores";

/** A database that was opened for one test. */
export interface OpenedStorage {
  readonly driver: Driver;
  /** One more connection to the same database, as another process has one. */
  another(): Promise<Driver>;
  /** Closes all connections and removes the database. */
  close(): Promise<void>;
}

export type OpenStorage = () => Promise<OpenedStorage>;

/** The storage of the running test. */
export interface Storage {
  driver: Driver;
  stores: Stores;
  /** The same stores on two connections, for races between processes. */
  both: readonly [Stores, Stores];
}

/** Opens a fresh database before each test of the suite that calls it. */
export function useStorage(open: OpenStorage): Storage {
  const storage = {} as Storage;
  let opened: OpenedStorage;
  beforeEach(async () => {
    opened = await open();
    const stores = createStores(opened.driver);
    Object.assign(storage, {
      driver: opened.driver,
      stores,
      both: [stores, createStores(await opened.another())],
    });
  });
  afterEach(() => opened.close());
  return storage;
}

export const now = new Date("2026-11-28T12:00:00.123Z");

export function later(ms: number): Date {
  return new Date(now.getTime() + ms);
}

export const MINUTE_IN_MS = 60_000;
export const DAY_IN_MS = 86_400_000;

/** Runs it so often at once, by turns on both connections. */
export function race<T>(
  { both }: Storage,
  count: number,
  run: (stores: Stores, index: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => run(both[(index % 2) as 0 | 1], index)));
}

/** @returns how often each answer came */
export function tally(answers: readonly unknown[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[String(answer)] = (counts[String(answer)] ?? 0) + 1;
  return counts;
}
