import { isLoopback, ownOrigins } from "../../contract/loopback";
import { OriginError, parseListedOrigin } from "./listed-origin";

/**
 * The origin of a site that a proxy protects. It may not be where Countersign's own pages are: a script there would act as
 * them.
 *
 * @param appUrl of the service as it will be served
 * @throws OriginError
 */
export function parseProtectedSite(text: string, appUrl: URL): string {
  const origin = parseListedOrigin(text);
  if (ownOrigins(appUrl).includes(origin)) {
    throw new OriginError("may not be Countersign's own origin: give the site another host name");
  }
  const isSafe =
    origin.startsWith("https://") || (origin.startsWith("http://") && isLoopback(new URL(origin)));
  if (!isSafe || new URL(origin).protocol !== appUrl.protocol) {
    throw new OriginError("has to be https, or http on this machine where APP_URL is http too");
  }
  return origin;
}
