import { shared } from "./shared";

/**
 * The API as Next's route handlers export it: the very functions that our own server calls. It serves hosts that hand
 * every request to Next; the caller's address is not known there.
 */
export function handleApiRequest(request: Request): Promise<Response> {
  return shared().api(request, { address: null });
}
