/** What the token check costs: one handler with and without it; and what a refresh costs, against the open call. */
import { paths } from "./checked-time";
import { drive, lanesOf, openConnections } from "./load";
import { type Row, ratioRow } from "./report";
import { type Device, formatRequest, makeProof, newDevice } from "./requests";
import { compare, measureInRounds, type Variant } from "./rounds";
import type { Service } from "./service";

const WARM_UP_ROUNDS = 4;
const CONNECTIONS = 32;
const CALLS_PER_WINDOW = 2_400;
const REFRESHES_PER_WINDOW = 800;

export interface Holder {
  readonly accessToken: string;
  refreshToken: string;
  /** Null: the tokens are bearer tokens. */
  readonly device: Device | null;
}

/** Sessions to call with: one for each connection, as devices have their own. */
export async function openSessions(service: Service, kind: "bearer" | "bound"): Promise<Holder[]> {
  const { id } = await service.ask("account", {
    username: `bench-${kind}-${Date.now()}`,
    password: "velvet quarry lamp seventeen",
  });
  return Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const device = kind === "bound" ? newDevice() : null;
      const tokens = await service.ask("session", { userId: id, keyThumbprint: device?.thumbprint ?? null });
      return { accessToken: tokens.accessToken, refreshToken: tokens.refreshToken, device };
    }),
  );
}

/** So many calls behind the check, shared out among the holders in the order in which lanes take them. */
export function protectedCalls(
  service: Service,
  face: keyof typeof paths,
  holders: readonly Holder[],
  count: number,
) {
  const path = paths[face].checked;
  return Array.from({ length: count }, (_, index) => {
    const holder = holders[index % holders.length];
    if (!holder) throw new Error("no holder of a token");
    return formatRequest({ method: "GET", path, headers: tokenHeaders(service, path, holder) });
  });
}

function tokenHeaders(
  service: Service,
  path: string,
  { accessToken, device }: Holder,
): Record<string, string> {
  if (!device) return { authorization: `Bearer ${accessToken}` };
  return {
    authorization: `DPoP ${accessToken}`,
    dpop: makeProof(device, "GET", service.origin + path, accessToken),
  };
}

/** Ratios of protected to open calls, on both faces and for both kinds of token. */
export async function measureTokenCheck(service: Service, rounds: number): Promise<Row[]> {
  const connections = await openConnections(service.port, CONNECTIONS);
  const bearer = await openSessions(service, "bearer");
  const bound = await openSessions(service, "bound");
  const run = async (requests: readonly string[]) => ({
    calls: requests.length,
    durationInMs: await drive(connections, lanesOf(requests, CONNECTIONS)),
  });
  const open = (face: keyof typeof paths): Variant => {
    const request = formatRequest({ method: "GET", path: paths[face].open });
    return () => run(Array.from({ length: CALLS_PER_WINDOW }, () => request));
  };
  // Proofs are good once and for a minute, so each window gets its own, before its time starts.
  const withToken =
    (face: keyof typeof paths, holders: readonly Holder[]): Variant =>
    () =>
      run(protectedCalls(service, face, holders, CALLS_PER_WINDOW));
  const measured = await measureInRounds(
    service,
    { warmUp: WARM_UP_ROUNDS, counted: rounds },
    {
      plainOpen: open("plain"),
      plainBearer: withToken("plain", bearer),
      plainBound: withToken("plain", bound),
      trpcOpen: open("trpc"),
      trpcBearer: withToken("trpc", bearer),
      trpcBound: withToken("trpc", bound),
    },
  );
  for (const connection of connections) connection.close();
  return [
    ratioRow("plain: Bearer / open", compare(measured, "plainBearer", "plainOpen"), 0.9),
    ratioRow("plain: DPoP / open", compare(measured, "plainBound", "plainOpen"), 0.75),
    ratioRow("tRPC: Bearer / open", compare(measured, "trpcBearer", "trpcOpen"), 0.9),
    ratioRow("tRPC: DPoP / open", compare(measured, "trpcBound", "trpcOpen"), 0.75),
  ];
}

/** Ratios of refreshes, each with the token that the one before it answered, to open calls. */
export async function measureRefresh(service: Service, rounds: number): Promise<Row[]> {
  const connections = await openConnections(service.port, CONNECTIONS);
  const bearer = await openSessions(service, "bearer");
  const bound = await openSessions(service, "bound");
  const openCall = formatRequest({ method: "GET", path: paths.plain.open });
  const refreshesOf =
    (holders: readonly Holder[]): Variant =>
    async () => {
      const each = REFRESHES_PER_WINDOW / CONNECTIONS;
      const lanes = holders.map((holder) => refreshLane(service, holder, each));
      return { calls: REFRESHES_PER_WINDOW, durationInMs: await drive(connections, lanes) };
    };
  const measured = await measureInRounds(
    service,
    { warmUp: WARM_UP_ROUNDS, counted: rounds },
    {
      open: async () => {
        const requests = Array.from({ length: CALLS_PER_WINDOW }, () => openCall);
        return {
          calls: CALLS_PER_WINDOW,
          durationInMs: await drive(connections, lanesOf(requests, CONNECTIONS)),
        };
      },
      bearer: refreshesOf(bearer),
      bound: refreshesOf(bound),
    },
  );
  for (const connection of connections) connection.close();
  return [
    ratioRow("refresh, Bearer / open", compare(measured, "bearer", "open"), 0.4),
    ratioRow("refresh, DPoP / open", compare(measured, "bound", "open"), 0.4),
  ];
}

const REFRESH_PATH = "/api/auth/refresh-token";

export function refreshLane(service: Service, holder: Holder, count: number) {
  const address = service.origin + REFRESH_PATH;
  const { device } = holder;
  // A refresh carries no access token, so its proof can be made before its refresh token is known.
  const headers = Array.from(
    { length: count },
    (): Record<string, string> => (device ? { dpop: makeProof(device, "POST", address) } : {}),
  );
  return (previous: { body: string } | undefined) => {
    if (previous)
      holder.refreshToken = (JSON.parse(previous.body) as { refresh_token: string }).refresh_token;
    const next = headers.pop();
    if (!next) return undefined;
    return formatRequest({
      method: "POST",
      path: REFRESH_PATH,
      headers: next,
      json: { refresh_token: holder.refreshToken },
    });
  };
}
