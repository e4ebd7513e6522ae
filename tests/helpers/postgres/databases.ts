import { randomBytes } from "node:crypto";
import { Client } from "pg";

/** The same server, another database. */
export function onDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

function nameIn(url: string): string {
  return new URL(url).pathname.slice(1);
}

async function run(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** @returns the address of a copy of the template, which nobody may be connected to */
export async function createDatabase(server: string, template: string): Promise<string> {
  const name = `countersign_test_${randomBytes(8).toString("hex")}`;
  await run(server, `CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  return onDatabase(server, name);
}

/** @returns the address of a fresh database, migrated and empty */
export function copyDatabase(template: string): Promise<string> {
  return createDatabase(onDatabase(template, "postgres"), nameIn(template));
}

/** Whoever is still connected is cut off. */
export async function dropDatabase(server: string, url: string): Promise<void> {
  await run(onDatabase(server, "postgres"), `DROP DATABASE IF EXISTS "${nameIn(url)}" WITH (FORCE)`);
}
