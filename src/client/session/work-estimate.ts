/**
 * How long a piece of work takes at the most, by its pace since it first said how far it is. What came before does not
 * count: a person may have looked at a picture, and the device have got ready.
 *
 * @returns a function of the share that is done, from 0 to 1, and of the time since the beginning; it returns the time from
 * the beginning to the end, undefined before the pace is known
 */
export function createWorkEstimate(): (share: number, elapsedInMs: number) => number | undefined {
  let first: { readonly share: number; readonly elapsedInMs: number } | undefined;
  return (share, elapsedInMs) => {
    first ??= { share, elapsedInMs };
    if (share === 1) return elapsedInMs;
    if (share <= first.share) return undefined;
    const pace = (elapsedInMs - first.elapsedInMs) / (share - first.share);
    return elapsedInMs + (1 - share) * pace;
  };
}
