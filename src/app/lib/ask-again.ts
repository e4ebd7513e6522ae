interface Query {
  cancel: () => Promise<void>;
  invalidate: () => Promise<void>;
}

/**
 * Asks the service again for what has changed. A first load that is still under way began before the change: it is given up,
 * because `invalidate` by itself would take it for the new one.
 */
export async function askAgain(...queries: readonly Query[]): Promise<void> {
  await Promise.all(
    queries.map(async (query) => {
      await query.cancel();
      await query.invalidate();
    }),
  );
}
