import { readFileSync } from "node:fs";
import {
  type ClientGrant,
  type ClientKeys,
  clientGrants,
  isConfidential,
  readClientKeys,
} from "../modules/clients";
import { OriginError, parseListedOrigin } from "../server/settings/listed-origin";
import { line, table } from "./answer";
import { type Command, type Given, withService } from "./command";
import { UsageError } from "./usage-error";

/** On the programs that may ask for tokens. */
export const clientCommands = {
  "client add": {
    takes: "ID --name NAME [OPTIONS]",
    says: "register a program: --grants, --audience, --scopes, --require-binding; --origins for pages of its own; --confidential for a secret, which is shown once, or --jwks FILE for a key of its own",
    words: 1,
    options: ["name", "grants", "audience", "scopes", "origins", "jwks", "require-binding", "confidential"],
    prepare(given) {
      const id = requireId(given);
      const { name, audience = null, scopes, jwks: jwksFile, confidential = false } = given.options;
      if (name === undefined) throw new UsageError("Give the client a name: --name NAME.");
      const origins = listOf(given.options.origins).map(readOrigin);
      // A page of its own signs in by the same addresses as ours, and needs no grant.
      const grants = readGrants(given.options.grants, origins.length > 0 ? [] : usualGrants);
      if (jwksFile !== undefined && confidential)
        throw new UsageError("A client has a secret (--confidential) or a key (--jwks), not both.");
      const jwks = jwksFile === undefined ? undefined : readKeyFile(jwksFile);
      return withService(async ({ clients }) => {
        const secret = await clients.add({
          ...{ id, name, grants, audience },
          requiresBinding: given.options["require-binding"] ?? false,
          scopes: listOf(scopes),
          origins,
          kind: jwks || confidential ? "confidential" : "public",
          ...(jwks ? { jwks } : {}),
        });
        return line({ id, secret });
      });
    },
  },
  "client list": {
    says: "id, name, kind, grants, audience, binding, scopes and origins of each",
    words: 0,
    prepare: () =>
      withService(async ({ clients }) =>
        table(
          (await clients.list()).map((client) => ({
            ...{ id: client.id, name: client.name },
            kind: isConfidential(client) ? "confidential" : "public",
            ...{ grants: client.grants, audience: client.audience },
            ...{ requires_binding: client.requiresBinding, scopes: client.scopes },
            origins: client.origins,
          })),
        ),
      ),
  },
  "client remove": {
    takes: "ID",
    says: "remove a program and end its sessions",
    words: 1,
    prepare(given) {
      const id = requireId(given);
      return withService(async ({ clients }) => {
        const ended = await clients.remove(id);
        return { text: `${id}\tremoved\t${ended} sessions ended\n`, data: { id, sessions_ended: ended } };
      });
    },
  },
} satisfies Readonly<Record<string, Command>>;

function requireId({ name }: Given): string {
  if (name === "") throw new UsageError("Which client?");
  return name;
}

/** What a program gets that signs a person in. */
const usualGrants: readonly ClientGrant[] = ["device_code", "refresh_token"];

function readGrants(text: string | undefined, usual: readonly ClientGrant[]): readonly ClientGrant[] {
  if (text === undefined) return usual;
  const names = listOf(text);
  const grants = clientGrants.filter((grant) => names.includes(grant));
  if (grants.length !== names.length) throw new UsageError(`Grants are ${clientGrants.join(", ")}.`);
  return grants;
}

function readOrigin(text: string): string {
  try {
    return parseListedOrigin(text);
  } catch (error) {
    if (error instanceof OriginError) throw new UsageError(`--origins: ${text} ${error.message}.`);
    throw error;
  }
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
