/**
 * Next calls this once when a server of it starts, and answers nothing before it is done. Under our own server the service
 * is there by then; under another host, such as a bare `next start`, it is composed here, so that pages and route handlers
 * find it.
 */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs" || globalThis.countersign) return;
  const { composeForAnotherHost } = await import("./server/start/compose");
  await composeForAnotherHost();
}
