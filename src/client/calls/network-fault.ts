const faults = new WeakSet<object>();

/** Runs what needs the network, and marks what it throws, so that a fault of our own program is never taken for one. */
export async function overNetwork<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (typeof error === "object" && error !== null) faults.add(error);
    throw error;
  }
}

/** Whether the error came from the network. A fetch of somebody else's may throw what is no object; we never do. */
export function isNetworkFault(error: unknown): boolean {
  return typeof error !== "object" || error === null || faults.has(error);
}
