import { cookieName } from "../../src/server/request/cookies";
import { refreshCookieName, sharedRefreshCookieName } from "../../src/server/request/refresh-cookie";

/** What the cookies of a service are called in a browser, for the front end at `origin`: its own pages unless another is named. */
export function cookieNames(service: string, origin = new URL(service).origin) {
  const environment = { appUrl: new URL(service) };
  return {
    refresh: refreshCookieName(environment, { origin, clientId: "countersign" }),
    view: cookieName("view", environment),
    /** The one that all front ends shared before each had its own. */
    shared: sharedRefreshCookieName(environment),
  };
}
