/** What a sign-in by passkey costs besides its signature: whole sign-ins against nothing but ES256 verifications. */
import type { TicketOutput } from "../../src/contract/schemas";
import { Authenticator } from "../helpers/passkeys/authenticator";
import { openConnections } from "./load";
import { type Row, ratioRow } from "./report";
import { type Device, formatRequest, newDevice } from "./requests";
import { compare, measureInRounds, type Variant } from "./rounds";
import type { Service } from "./service";
import { signInAllBy } from "./sign-ins";

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
      durationInMs: await signInAllBy(service, connections, people, answerOf(service)),
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

function answerOf({ origin }: Service) {
  return ({ key }: Person, { t, passkey_options }: TicketOutput) => {
    if (!passkey_options) throw new Error("a ticket that asks for no passkey");
    return { t, passkey: key.get(passkey_options, { origin }) };
  };
}
