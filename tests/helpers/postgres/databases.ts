import { randomBytes } from "node:crypto";
import { Client } from "pg";

/** The same server, another database. */
export function onDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** The same database of a server at another port. */
export function onPort(url: string, port: number): string {
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}

function nameIn(url: string): string {
  return new URL(url).pathname.slice(1);
}

/** Runs one statement on a connection of its own. @returns its rows */
export async function runOn(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** @returns the address of a copy of the template, which nobody may be connected to */
export async function createDatabase(server: string, template: string): Promise<string> {
  const name = `countersign_test_${randomBytes(8).toString("hex")}`;
  await runOn(server, `CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  return onDatabase(server, name);
}

/** @returns the address of a fresh database, migrated and empty */
export function copyDatabase(template: string): Promise<string> {
  return createDatabase(onDatabase(template, "postgres"), nameIn(template));
}

/** Whoever is still connected is cut off. */
export async function dropDatabase(server: string, url: string): Promise<void> {
  await runOn(onDatabase(server, "postgres"), `DROP DATABASE IF EXISTS "${nameIn(url)}" WITH (FORCE)`);
}
