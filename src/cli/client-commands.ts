import { type ClientGrant, clientGrants } from "../modules/clients";
import type { Container } from "../server/composition/container";
import { UsageError } from "./usage-error";

/** What was typed after `client …`. */
export interface ClientArguments {
  readonly name: string | undefined;
  readonly clientName: string | undefined;
  readonly grants: string | undefined;
  readonly audience: string | undefined;
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
    return async ({ clients }) => {
      const secret = await clients.add({
        id,
        name,
        grants,
        audience: given.audience ?? null,
        requiresBinding: given.requiresBinding,
        kind: given.isConfidential ? "confidential" : "public",
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
          client.secretHash === null ? "public" : "confidential",
          client.grants.join(","),
          client.audience ?? "-",
          client.requiresBinding ? "bound" : "-",
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

function readGrants(text: string | undefined): ClientGrant[] {
  if (text === undefined) return [...clientGrants];
  const names = text.split(",").map((name) => name.trim());
  const grants = clientGrants.filter((grant) => names.includes(grant));
  if (grants.length !== names.length) throw new UsageError(`Grants are ${clientGrants.join(" and ")}.`);
  return grants;
}
