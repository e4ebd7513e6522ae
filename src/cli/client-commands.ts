import { readFileSync } from "node:fs";
import {
  type ClientGrant,
  type ClientKeys,
  clientGrants,
  isConfidential,
  readClientKeys,
} from "../modules/clients";
import type { Container } from "../server/composition/container";
import { UsageError } from "./usage-error";

/** What was typed after `client …`. */
export interface ClientArguments {
  readonly name: string | undefined;
  readonly clientName: string | undefined;
  readonly grants: string | undefined;
  readonly audience: string | undefined;
  readonly scopes: string | undefined;
  /** A file with the public key, or keys, of the client. */
  readonly jwksFile: string | undefined;
  readonly requiresBinding: boolean;
  readonly isConfidential: boolean;
}

type Run = (container: Pick<Container, "clients">) => Promise<string>;

/** Each reads all it needs before anything is opened. @returns the lines to print */
export const clientCommands: Readonly<Record<string, (given: ClientArguments) => Run>> = {
  "client add": (given) => {
    const id = requireId(given);
    if (given.clientName === undefined) throw new UsageError("Give the client a name: --name NAME.");
    const name = given.clientName;
    const grants = readGrants(given.grants);
    if (given.jwksFile !== undefined && given.isConfidential)
      throw new UsageError("A client has a secret (--confidential) or a key (--jwks), not both.");
    const jwks = given.jwksFile === undefined ? undefined : readKeyFile(given.jwksFile);
    return async ({ clients }) => {
      const secret = await clients.add({
        id,
        name,
        grants,
        audience: given.audience ?? null,
        requiresBinding: given.requiresBinding,
        scopes: listOf(given.scopes),
        kind: jwks || given.isConfidential ? "confidential" : "public",
        ...(jwks ? { jwks } : {}),
      });
      return secret === null ? `${id}\n` : `${id}\t${secret}\n`;
    };
  },
  "client list":
    () =>
    async ({ clients }) => {
      const lines = (await clients.list()).map((client) =>
        [
          client.id,
          client.name,
          isConfidential(client) ? "confidential" : "public",
          client.grants.join(","),
          client.audience ?? "-",
          client.requiresBinding ? "bound" : "-",
          client.scopes.join(",") || "-",
        ].join("\t"),
      );
      return lines.map((line) => `${line}\n`).join("");
    },
  "client remove": (given) => {
    const id = requireId(given);
    return async ({ clients }) => `${id}\tremoved\t${await clients.remove(id)} sessions ended\n`;
  },
};

function requireId({ name }: ClientArguments): string {
  if (!name) throw new UsageError("Which client?");
  return name;
}

/** What a program gets that signs a person in. */
const usualGrants: readonly ClientGrant[] = ["device_code", "refresh_token"];

function readGrants(text: string | undefined): readonly ClientGrant[] {
  if (text === undefined) return usualGrants;
  const names = listOf(text);
  const grants = clientGrants.filter((grant) => names.includes(grant));
  if (grants.length !== names.length) throw new UsageError(`Grants are ${clientGrants.join(", ")}.`);
  return grants;
}

function listOf(text = ""): string[] {
  return text === "" ? [] : text.split(",").map((name) => name.trim());
}

function readKeyFile(file: string): ClientKeys {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : error}`);
  }
  return readClientKeys(value);
}
