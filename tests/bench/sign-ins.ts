/** What a sign-in costs besides its argon2id: whole sign-ins against nothing but the same verifications. */
import { availableParallelism } from "node:os";
import { CompactEncrypt, importJWK } from "jose";
import type { TicketOutput } from "../../src/contract/schemas";
import { type Connection, drive, lanesOf, openConnections } from "./load";
import { type Row, ratioRow } from "./report";
import { type Device, formatRequest, newDevice, proofHeaders } from "./requests";
import { compare, measureInRounds, type Variant } from "./rounds";
import type { Service } from "./service";

/** Four times what is hashed at once, so that the hasher never waits for a request. */
const CONNECTIONS = 4 * availableParallelism();
/** After a thousand sign-ins of each kind the compiler has nothing more to do; before, it takes up to 2 ms of each. */
const WARM_UP_ROUNDS = 24;
const SIGN_INS_PER_WINDOW = 48;
const PASSWORD = "velvet quarry lamp seventeen";

interface Person {
  readonly username: string;
  /** Null: signs in plainly and gets bearer tokens. */
  readonly device: Device | null;
}

/**
 * Each window takes all its tickets, then encrypts (untimed: that is the client's work), then signs in with all of them.
 * Tickets and sign-ins are both in the time.
 */
export async function measureSignIns(service: Service, rounds: number): Promise<Row[]> {
  const connections = await openConnections(service.port, CONNECTIONS);
  const variantOf = async (kind: "bearer" | "bound"): Promise<Variant> => {
    const people = await createPeople(service, kind);
    return async () => {
      const durationInMs = await signInAll(service, connections, people);
      return { calls: people.length, durationInMs };
    };
  };
  const measured = await measureInRounds(
    service,
    { warmUp: WARM_UP_ROUNDS, counted: rounds },
    {
      hash: async () => {
        const { durationInMs } = await service.ask("hash", { count: SIGN_INS_PER_WINDOW });
        return { calls: SIGN_INS_PER_WINDOW, durationInMs };
      },
      plain: await variantOf("bearer"),
      bound: await variantOf("bound"),
    },
  );
  for (const connection of connections) connection.close();
  return [
    ratioRow("sign-in, plain and Bearer / argon2id", compare(measured, "plain", "hash"), 0.7),
    ratioRow("sign-in, JWE and DPoP / argon2id", compare(measured, "bound", "hash"), 0.7),
  ];
}

export async function createPeople(
  service: Service,
  kind: "bearer" | "bound",
  count = SIGN_INS_PER_WINDOW,
): Promise<Person[]> {
  const people = Array.from({ length: count }, (_, index) => ({
    username: `bench-${kind}-${index}`,
    device: kind === "bound" ? newDevice() : null,
  }));
  for (const { username } of people) await service.ask("account", { username, password: PASSWORD });
  return people;
}

/** Everybody by password. @returns as `signInAllBy` does */
export function signInAll(
  service: Service,
  connections: readonly Connection[],
  people: readonly Person[],
): Promise<number> {
  return signInAllBy(service, connections, people, loginBody);
}

/**
 * Signs everybody in, over all connections at once.
 * @param answer what a person answers a ticket with; it is not timed
 * @returns how long tickets and sign-ins took together, in milliseconds
 */
export async function signInAllBy<P extends { readonly device: Device | null }>(
  service: Service,
  connections: readonly Connection[],
  people: readonly P[],
  answer: (person: P, ticket: TicketOutput) => unknown,
): Promise<number> {
  const tickets: TicketOutput[] = [];
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
      if (previous) tickets[next] = JSON.parse(previous.body) as TicketOutput;
      next += connections.length;
      return ticketRequests[next];
    };
  });
  const ticketsInMs = await drive(connections, ticketLanes);
  const logins = await Promise.all(
    people.map(async (person, index) => {
      const ticket = tickets[index];
      if (!ticket) throw new Error("a sign-in without its ticket");
      return formatRequest({
        method: "POST",
        path: "/api/auth/login",
        headers: proofHeaders(service.origin, person.device, "POST", "/api/auth/login"),
        json: await answer(person, ticket),
      });
    }),
  );
  return ticketsInMs + (await drive(connections, lanesOf(logins, connections.length)));
}

async function loginBody({ username, device }: Person, { t, encryption_jwk }: TicketOutput) {
  if (!device) return { t, username, password: PASSWORD };
  const key = await importJWK(encryption_jwk, encryption_jwk.alg);
  const plain = new TextEncoder().encode(JSON.stringify({ username, password: PASSWORD, t }));
  const credentials = await new CompactEncrypt(plain)
    .setProtectedHeader({ alg: encryption_jwk.alg, enc: "A256GCM", kid: encryption_jwk.kid })
    .encrypt(key);
  return { t, credentials };
}
