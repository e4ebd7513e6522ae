/** The lists over which tests run, from the operations themselves: a new one is in all of them without being named. */
import { endpoints, everyEndpoint } from "../../src/server/endpoints";
import type { Endpoint } from "../../src/server/endpoints/endpoint";

/** Method and address, ready to be called. */
export type Target = readonly [method: string, path: string];

/** Addresses on the plain face; ids and queries that have to be there are. */
export function plainTargets(of: readonly Endpoint[]): Target[] {
  return of.flatMap(({ addresses, parameters }) =>
    addresses.map((address): Target => {
      const [method = "", path = ""] = address.split(" ");
      const query = parameters.flatMap(({ name, mustBe }) =>
        mustBe === undefined ? [] : `${name}=${mustBe}`,
      );
      const search = query.length === 0 ? "" : `?${query.join("&")}`;
      return [method, path.replace(/\{\w+\}/g, "some-id") + search];
    }),
  );
}

/** Addresses on the typed face. */
export function typedTargets(isWanted: (endpoint: Endpoint) => boolean): Target[] {
  return Object.entries(endpoints).flatMap(([group, table]) =>
    Object.entries<Endpoint>(table)
      .filter(([, endpoint]) => isWanted(endpoint))
      .map(([name, { kind }]): Target => [kind === "query" ? "GET" : "POST", `/api/trpc/${group}.${name}`]),
  );
}

export const isProtected = ({ access }: Endpoint): boolean => access.name === "session";

/** Every address, on both faces, that opens for an access token only. */
export const protectedTargets: readonly Target[] = [
  ...plainTargets(everyEndpoint.filter(isProtected)),
  ...typedTargets(isProtected),
];
