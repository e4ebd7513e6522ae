/** What both ends of the wire keep to. It imports nothing, so that small clients can carry it. */

/** Calls in one batch of the typed face: more than any page of ours makes at once. */
export const MAX_BATCH_SIZE = 25;

/** How long a client waits after a refusal for too many tries that does not say how long. */
export const DEFAULT_WAIT_IN_SECONDS = 60;
