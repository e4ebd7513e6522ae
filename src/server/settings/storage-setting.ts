import path from "node:path";
import { EnvironmentError } from "./environment-error";

/** Where the rows are. On PostgreSQL the secrets are never in a file. */
export type StorageSetting =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "postgres"; readonly url: string; readonly secrets: string };

/**
 * @param value of DATABASE_URL
 * @throws EnvironmentError
 */
export function parseDatabaseUrl(
  value: string | undefined,
  {
    projectRoot,
    dataDir,
    secrets,
  }: { readonly projectRoot: string; readonly dataDir: string; readonly secrets: string | undefined },
): StorageSetting {
  if (value === undefined) return { kind: "sqlite", file: path.join(dataDir, "countersign.db") };
  if (/^postgres(ql)?:/.test(value)) return { kind: "postgres", ...parsePostgres(value, secrets) };
  if (!value.startsWith("file:"))
    throw new EnvironmentError("DATABASE_URL has to begin with file: (SQLite) or postgres:// (PostgreSQL)");
  const file = value.slice("file:".length).trim();
  // Taken for part of the name, these would make another database than the one that is meant, and say nothing.
  if (file === "" || file === ":memory:" || /[?#]|[\\/]$|^\/\/[^/]/.test(file)) {
    throw new EnvironmentError(
      "DATABASE_URL has to name a file, without host or options, such as file:/srv/countersign.db",
    );
  }
  return { kind: "sqlite", file: path.resolve(projectRoot, file) };
}

function parsePostgres(value: string, secrets: string | undefined): { url: string; secrets: string } {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || url.pathname.length < 2) {
    throw new EnvironmentError(
      "DATABASE_URL has to name a server and a database, such as postgres://user:password@db.example/countersign",
    );
  }
  // A file in DATA_DIR is one machine's, and the database would outlive it: with other secrets nobody opens its keys.
  if (secrets === undefined) {
    throw new EnvironmentError(
      'SECRETS has to be set where DATABASE_URL is PostgreSQL. Make it once, and keep it: echo "1:$(openssl rand -base64 32 | tr +/ -_ | tr -d =)"',
    );
  }
  return { url: value, secrets };
}
