/** The plain face: the operations at their addresses, and beside them what is a picture, a stream, a document or OAuth's. */
import { DomainError } from "../../../modules/domain-error";
import { everyEndpoint } from "../../endpoints";
import type { Endpoint } from "../../endpoints/endpoint";
import type { Call } from "../../request/call";
import { oauthRoutes } from "../oauth/routes";
import { handWrittenRoutes } from "./hand-written-routes";
import { runPlain } from "./plain-face";
import type { Handler, Route, Routes } from "./route";
import { siteRoutes } from "./site-routes";

/** Every address of the plain face. */
export const routes: Routes = {
  ...routesOf(everyEndpoint),
  ...handWrittenRoutes,
  ...siteRoutes,
  ...oauthRoutes,
};

function routesOf(endpoints: readonly Endpoint[]): Routes {
  const found: Record<string, { methods: Record<string, Handler> }> = {};
  for (const endpoint of endpoints) {
    for (const address of endpoint.addresses) {
      const [method = "", template = ""] = address.split(" ");
      const path = template.replace(/\{\w+\}/, "*");
      found[path] ??= { methods: {} };
      found[path].methods[method] = (call, fromPath) => runPlain(endpoint, call, fromPath);
    }
  }
  return found;
}

/** @throws DomainError `not_found`, `method_not_allowed`, and what the operation throws */
export async function dispatch(call: Call): Promise<Response> {
  const { route, fromPath } = findRoute(call.url.pathname);
  if (!route) throw new DomainError("not_found");
  const isHead = call.request.method === "HEAD";
  const method = isHead ? "GET" : call.request.method;
  const handler = route.methods[method];
  if (!handler || !Object.hasOwn(route.methods, method)) {
    call.responseHeaders.set("allow", Object.keys(route.methods).join(", "));
    throw new DomainError("method_not_allowed");
  }
  const response = await handler(call, decodeSegment(fromPath));
  // RFC 9110 section 9.3.2: as GET, without the content.
  return isHead ? new Response(null, { status: response.status, headers: response.headers }) : response;
}

/** A star means the last segment of an address, or for the last but one. */
function findRoute(pathname: string): { route: Route | undefined; fromPath: string } {
  if (Object.hasOwn(routes, pathname)) return { route: routes[pathname], fromPath: "" };
  const segments = pathname.split("/");
  const [last = "", lastButOne = ""] = segments.toReversed();
  const family = segments.slice(0, -1).join("/");
  const nested = `${segments.slice(0, -2).join("/")}/*/${last}`;
  if (Object.hasOwn(routes, nested)) return { route: routes[nested], fromPath: lastButOne };
  return { route: routes[`${family}/*`], fromPath: last };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new DomainError("not_found");
  }
}
