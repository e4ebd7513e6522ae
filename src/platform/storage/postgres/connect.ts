import type { ClientConfig, Pool } from "pg";
import { OperatorError } from "../../operator-error";

/** More would not be quicker: a statement of ours takes less than a millisecond of one of the server's cores. */
const MAX_CONNECTIONS = 10;
/** How long a statement waits for a free connection, or for a new one. Whoever asked is told to try again. */
const CONNECT_TIMEOUT_IN_MS = 2000;
const STATEMENT_TIMEOUT_IN_MS = 3000;
/** A connection that a firewall has forgotten, or that leads to a server that is not the first any more, is not kept. */
const MAX_CONNECTION_LIFETIME_IN_SECONDS = 1800;

/**
 * Of a process that is gone without a word the server learns within half a minute, and not in two hours: until then it keeps
 * its connections, and the locks that it has.
 */
const NOTICES_WHO_IS_GONE =
  "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";

/** How PgBouncer refuses what the server is told at the start of a connection. PostgreSQL itself says this of nothing. */
const REFUSED_BY_POOLER = "unsupported startup parameter";
const POOLER_ADVICE =
  ". PgBouncer says this: add ?pgbouncer=true to the end of DATABASE_URL, or &pgbouncer=true if it has a ? already.";
/** How the package `pg` says that the server asks for a password and none was given. */
const PASSWORD_IS_MISSING = "client password must be a string";

const MIN_SERVER_VERSION = 130_000;

const OID_TIMESTAMP = 1114;
const OID_INT8 = 20;

/** How values of the server's come out, on each connection of ours. */
export async function readingTypes(): Promise<NonNullable<ClientConfig["types"]>> {
  const { types } = (await import("pg")).default;
  const own: Readonly<Record<number, (text: string) => unknown>> = {
    // Columns are without a zone and hold UTC. The package takes such a time for one of this machine's zone.
    [OID_TIMESTAMP]: (text) => new Date(`${text.replace(" ", "T")}Z`),
    // Only counts are that wide.
    [OID_INT8]: Number,
  };
  return {
    getTypeParser: (oid: number, format?: "text" | "binary") =>
      (format === "binary" ? undefined : own[oid]) ?? types.getTypeParser(oid, format),
  } as NonNullable<ClientConfig["types"]>;
}

/** What the server is told at the start of a connection of ours. A pooler does not pass it on, and has settings of its own. */
export function startOptions(url: string): Pick<ClientConfig, "options"> {
  return isPooled(url) ? {} : { options: NOTICES_WHO_IS_GONE };
}

/**
 * The connections of this process. Loads the package `pg`, which an installation on SQLite never does.
 *
 * @param url postgres://…
 */
export async function openPool(url: string, tellFault: (error: Error) => void): Promise<Pool> {
  const { Pool } = (await import("pg")).default;
  const pool = new Pool({
    connectionString: url,
    application_name: "countersign",
    types: await readingTypes(),
    ...startOptions(url),
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_IN_MS,
    query_timeout: STATEMENT_TIMEOUT_IN_MS,
    maxLifetimeSeconds: MAX_CONNECTION_LIFETIME_IN_SECONDS,
    keepAlive: true,
    // A process that has done its work ends.
    allowExitOnIdle: true,
  });
  // An idle connection that breaks. Without a listener it would end the process.
  pool.on("error", tellFault);
  return pool;
}

/** Whether `?pgbouncer=true` says that a pooler stands between, which gives each transaction another connection. */
export function isPooled(url: string): boolean {
  return new URL(url).searchParams.get("pgbouncer") === "true";
}

interface Server {
  readonly version: number;
  readonly encoding: string;
  readonly isStandby: boolean;
}

/** @throws OperatorError for a server that cannot be reached or is not fit */
export async function requireFitServer(pool: Pool): Promise<void> {
  const server = await readServer(pool);
  if (server.version < MIN_SERVER_VERSION)
    throw new OperatorError("DATABASE_URL leads to a PostgreSQL that is older than version 13.");
  if (server.encoding !== "UTF8")
    throw new OperatorError(`The database's encoding is ${server.encoding}. It has to be UTF8.`);
  if (server.isStandby)
    throw new OperatorError(
      "DATABASE_URL leads to a standby, which can only be read. Give the address of the primary.",
    );
}

async function readServer(pool: Pool): Promise<Server> {
  try {
    const { rows } = await pool.query<Server>(
      `SELECT current_setting('server_version_num')::int AS "version", current_setting('server_encoding') AS "encoding",
         pg_is_in_recovery() AS "isStandby"`,
    );
    return rows[0] as Server;
  } catch (cause) {
    // Of the address only what is no secret.
    const { host, port } = pool.options;
    const message = messageOf(cause);
    throw new OperatorError(
      `The database of DATABASE_URL${host ? ` (${host}${port ? `:${port}` : ""})` : ""} cannot be used: ${message}${
        message.startsWith(REFUSED_BY_POOLER) ? POOLER_ADVICE : ""
      }`,
      { cause },
    );
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  const message = error instanceof Error ? error.message : String(error);
  return message.includes(PASSWORD_IS_MISSING)
    ? "it asks for a password, and there is none in the address, in PGPASSWORD or in ~/.pgpass"
    : message;
}
