/** What a sign-in by passkey costs besides its signature: whole sign-ins against nothing but ES256 verifications. */
import { Authenticator } from "../helpers/passkeys/authenticator";
import { type Connection, drive, lanesOf, openConnections } from "./load";
import { type Row, ratioRow } from "./report";
import { type Device, formatRequest, newDevice, proofHeaders } from "./requests";
import { compare, measureInRounds, type Variant } from "./rounds";
import type { Service } from "./service";

const CONNECTIONS = 32;
const WARM_UP_ROUNDS = 12;
const SIGN_INS_PER_WINDOW = 192;
const VERIFICATIONS_PER_WINDOW = 4_800;
const TARGET = 0.25;

interface Person {
  readonly key: Authenticator;
  /** Null: signs in without a proof and gets bearer tokens. */
  readonly device: Device | null;
}

interface Ticket {
  readonly t: string;
  readonly passkey_options: { readonly challenge: string };
}

/** Each window takes all its tickets, then signs (untimed: that is the authenticator's work), then signs in with all of them. */
export async function measurePasskeys(service: Service, rounds: number): Promise<Row[]> {
  const peopleOf = (kind: "bearer" | "bound") =>
    Promise.all(
      Array.from({ length: SIGN_INS_PER_WINDOW }, (_, index) => createPerson(service, kind, index)),
    );
  const bearer = await peopleOf("bearer");
  const bound = await peopleOf("bound");
  // Last: a connection that is idle for long is closed.
  const connections = await openConnections(service.port, CONNECTIONS);
  const variantOf = (people: readonly Person[]): Variant => {
    return async () => ({
      calls: people.length,
      durationInMs: await signInAll(service, connections, people),
    });
  };
  const measured = await measureInRounds(
    service,
    { warmUp: WARM_UP_ROUNDS, counted: rounds },
    {
      verify: async () => {
        const { durationInMs } = await service.ask("verify", { count: VERIFICATIONS_PER_WINDOW });
        return { calls: VERIFICATIONS_PER_WINDOW, durationInMs };
      },
      plain: variantOf(bearer),
      bound: variantOf(bound),
    },
  );
  for (const connection of connections) connection.close();
  return [
    ratioRow("sign-in by passkey, Bearer / bare ES256", compare(measured, "plain", "verify"), TARGET),
    ratioRow("sign-in by passkey, DPoP / bare ES256", compare(measured, "bound", "verify"), TARGET),
  ];
}

/** An account with a passkey. */
async function createPerson(service: Service, kind: "bearer" | "bound", index: number): Promise<Person> {
  const username = `bench-passkey-${kind}-${index}`;
  const { id } = await service.ask("account", { username, password: "velvet quarry lamp seventeen" });
  const { accessToken } = await service.ask("session", { userId: id, keyThumbprint: null });
  const [connection] = await openConnections(service.port, 1);
  if (!connection) throw new Error("no connection");
  const post = async (path: string, json: unknown) => {
    const headers = { authorization: `Bearer ${accessToken}` };
    const { status, body } = await connection.exchange(
      formatRequest({ method: "POST", path, headers, json }),
    );
    if (status >= 400) throw new Error(`answered ${status}: ${body}`);
    return JSON.parse(body) as { options: Parameters<Authenticator["create"]>[0] };
  };
  const key = new Authenticator();
  const { options } = await post("/api/auth/passkeys/options", {});
  await post("/api/auth/passkeys", { credential: key.create(options, { origin: service.origin }) });
  connection.close();
  return { key, device: kind === "bound" ? newDevice() : null };
}

async function signInAll(
  service: Service,
  connections: readonly Connection[],
  people: readonly Person[],
): Promise<number> {
  const tickets: Ticket[] = [];
  const ticketRequests = people.map(({ device }) =>
    formatRequest({
      method: "GET",
      path: "/api/auth/get_t",
      headers: proofHeaders(service.origin, device, "GET", "/api/auth/get_t"),
    }),
  );
  const ticketLanes = connections.map((_, lane) => {
    let next = lane - connections.length;
    return (previous: { body: string } | undefined) => {
      if (previous) tickets[next] = JSON.parse(previous.body) as Ticket;
      next += connections.length;
      return ticketRequests[next];
    };
  });
  const ticketsInMs = await drive(connections, ticketLanes);
  const logins = people.map(({ key, device }, index) => {
    const ticket = tickets[index];
    if (!ticket) throw new Error("a sign-in without its ticket");
    const passkey = key.get(ticket.passkey_options, { origin: service.origin });
    return formatRequest({
      method: "POST",
      path: "/api/auth/login",
      headers: proofHeaders(service.origin, device, "POST", "/api/auth/login"),
      json: { t: ticket.t, passkey },
    });
  });
  return ticketsInMs + (await drive(connections, lanesOf(logins, connections.length)));
}
