import { isLoopback, ownOrigins } from "../../contract/loopback";
import { OriginError, parseListedOrigin } from "./listed-origin";

/**
 * An origin that the sign-in page may lead back to. Our own is none: of our pages, only some are good to return to.
 *
 * @param appUrl of the service as it will be served
 * @throws OriginError
 */
export function parseReturnOrigin(text: string, appUrl: URL): string {
  const origin = parseListedOrigin(text);
  if (ownOrigins(appUrl).includes(origin)) {
    throw new OriginError("may not be Countersign's own origin: its own pages need no entry");
  }
  const isSafe =
    origin.startsWith("https://") || (origin.startsWith("http://") && isLoopback(new URL(origin)));
  if (!isSafe) throw new OriginError("has to be https, or http on this machine");
  return origin;
}
