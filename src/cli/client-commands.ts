import { readFileSync } from "node:fs";
import type { ChangedClient } from "../modules/client-administration";
import {
  type ClientGrant,
  type ClientKeys,
  type ClientRecord,
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
      return withService(async ({ clientAdministration }) => {
        const secret = await clientAdministration.add({
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
    prepare: () => withService(async ({ clients }) => table((await clients.list()).map(rowOf))),
  },
  "client change": {
    takes: "ID [OPTIONS]",
    says: "change --name, --grants, --audience (none for no other), --scopes, --origins, --jwks, --require-binding or --no-require-binding; what is left out stays",
    words: 1,
    options: [
      "name",
      "grants",
      "audience",
      "scopes",
      "origins",
      "jwks",
      "require-binding",
      "no-require-binding",
    ],
    prepare(given) {
      const id = requireId(given);
      const changes = readChanges(given);
      return withService(async ({ clientAdministration }) => {
        const changed = await clientAdministration.change(id, changes);
        return { text: `${id}\tchanged\n`, data: rowOf(changed) };
      });
    },
  },
  "client renew-secret": {
    takes: "ID",
    says: "give a program another secret, which is shown once; the one from before is refused at once",
    words: 1,
    prepare(given) {
      const id = requireId(given);
      return withService(async ({ clientAdministration }) =>
        line({ id, secret: await clientAdministration.renewSecret(id) }),
      );
    },
  },
  "client remove": {
    takes: "ID",
    says: "remove a program and end its sessions",
    words: 1,
    prepare(given) {
      const id = requireId(given);
      return withService(async ({ clientAdministration }) => {
        const ended = await clientAdministration.remove(id);
        return { text: `${id}\tremoved\t${ended} sessions ended\n`, data: { id, sessions_ended: ended } };
      });
    },
  },
} satisfies Readonly<Record<string, Command>>;

function requireId({ name }: Given): string {
  if (name === "") throw new UsageError("Which client?");
  return name;
}

const rowOf = (client: ClientRecord) => ({
  ...{ id: client.id, name: client.name },
  kind: isConfidential(client) ? "confidential" : "public",
  ...{ grants: client.grants, audience: client.audience },
  ...{ requires_binding: client.requiresBinding, scopes: client.scopes },
  origins: client.origins,
});

function readChanges({ options }: Given): ChangedClient {
  const { name, grants, audience, scopes, origins, jwks } = options;
  const [bind, unbind] = [options["require-binding"], options["no-require-binding"]];
  if (bind && unbind) throw new UsageError("Either --require-binding or --no-require-binding.");
  const changes: ChangedClient = {
    name,
    grants: grants === undefined ? undefined : readGrants(grants, []),
    audience: audience === "none" ? null : audience,
    scopes: scopes === undefined ? undefined : listOf(scopes),
    origins: origins === undefined ? undefined : listOf(origins).map(readOrigin),
    jwks: jwks === undefined ? undefined : readKeyFile(jwks),
    requiresBinding: bind ? true : unbind ? false : undefined,
  };
  if (Object.values(changes).every((value) => value === undefined))
    throw new UsageError("Say what to change: --name NAME, for instance.");
  return changes;
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
