import {
  addClientInput,
  changeClientInput,
  clientIdInput,
  clientListOutput,
  clientOutput,
  clientRemovedOutput,
  clientSecretOutput,
  newClientOutput,
} from "../../contract/clients";
import type { Administrator } from "../../modules/accounts";
import { readClientKeys } from "../../modules/clients";
import { DomainError } from "../../modules/domain-error";
import type { Principal } from "../../modules/sessions";
import { OriginError, parseListedOrigin } from "../settings/listed-origin";
import { roles } from "./access";
import { administratorOf } from "./act";
import { type Context, mutation, query } from "./endpoint";
import { presentClient } from "./present-clients";

const administrators = roles("owner", "admin");
const actRefusals = ["step_up_required", "not_found"] as const;

export const list = query({
  address: "GET /api/admin/clients",
  access: administrators,
  group: "Administration",
  summary: "The registered clients, with how much each is used",
  answers: "All of them, by their id.",
  output: clientListOutput,
  async run({ services: { clients } }) {
    const [registered, uses] = await Promise.all([clients.list(), clients.listUse()]);
    return { clients: registered.map((client) => presentClient(client, uses.get(client.id))) };
  },
});

export const get = query({
  address: "GET /api/admin/clients/{id}",
  access: administrators,
  group: "Administration",
  summary: "One registered client",
  answers: "The client.",
  refusals: ["not_found"],
  input: clientIdInput,
  output: clientOutput,
  async run({ services: { clients, clientAdministration }, input: { id } }) {
    const [client, uses] = await Promise.all([clientAdministration.require(id), clients.listUse()]);
    return presentClient(client, uses.get(id));
  },
});

export const add = mutation({
  address: "POST /api/admin/clients",
  access: administrators,
  group: "Administration",
  summary: "Register a client: a program or an application that may ask for tokens",
  answers: "The client, with its secret if it has one. The secret is shown this once.",
  status: 201,
  refusals: ["step_up_required"],
  input: addClientInput,
  output: newClientOutput,
  run: act(async ({ services, input, actor }) => {
    const { clientAdministration } = services;
    const { authentication, jwks, ...asked } = input;
    if ((authentication === "private_key_jwt") !== (jwks !== undefined))
      throw new DomainError("invalid_request", {
        field: "jwks",
        message: "A client has jwks with the authentication private_key_jwt, and with no other.",
      });
    const secret = await clientAdministration.add(
      {
        id: asked.id,
        name: asked.name,
        grants: asked.grants ?? [],
        audience: asked.audience ?? null,
        requiresBinding: asked.requires_binding ?? false,
        scopes: asked.scopes ?? [],
        origins: (asked.origins ?? []).map(readOrigin),
        kind: authentication === "none" ? "public" : "confidential",
        ...(jwks === undefined ? {} : { jwks: readClientKeys(jwks) }),
      },
      actor,
    );
    const client = await clientAdministration.require(asked.id);
    return { ...presentClient(client, undefined), client_secret: secret };
  }),
});

export const change = mutation({
  address: "PATCH /api/admin/clients/{id}",
  access: administrators,
  group: "Administration",
  summary: "Change some of a client. Its id and its authentication stay",
  answers: "The client.",
  refusals: actRefusals,
  input: changeClientInput,
  output: clientOutput,
  run: act(async ({ services, input, actor }) => {
    const { id, requires_binding: requiresBinding, origins, jwks, ...changes } = input;
    const client = await services.clientAdministration.change(
      id,
      {
        ...changes,
        requiresBinding,
        origins: origins?.map(readOrigin),
        jwks: jwks && readClientKeys(jwks),
      },
      actor,
    );
    return presentClient(client, (await services.clients.listUse()).get(id));
  }),
});

export const renewSecret = mutation({
  address: "POST /api/admin/clients/{id}/secret",
  access: administrators,
  group: "Administration",
  summary: "Give a client another secret; the one from before is refused at once",
  answers: "The secret, which is shown this once.",
  refusals: [...actRefusals, "invalid_request"],
  input: clientIdInput,
  output: clientSecretOutput,
  run: act(async ({ services, input, actor }) => ({
    client_secret: await services.clientAdministration.renewSecret(input.id, actor),
  })),
});

export const remove = mutation({
  address: "DELETE /api/admin/clients/{id}",
  access: administrators,
  group: "Administration",
  summary: "Remove a client and end its sessions, for good",
  answers: "How many sessions ended.",
  refusals: actRefusals,
  input: clientIdInput,
  output: clientRemovedOutput,
  run: act(async ({ services, input, actor }) => ({
    sessions_ended: await services.clientAdministration.remove(input.id, actor),
  })),
});

type Act<Input> = Context<Input, Principal> & { readonly actor: Administrator };

/** @throws DomainError `step_up_required`, before anything is done or looked up */
function act<Input, Output>(
  run: (act: Act<Input>) => Promise<Output>,
): (context: Context<Input, Principal>) => Promise<Output> {
  return async (context) => {
    await context.services.secondFactors.requireOpen(context);
    return run({ ...context, actor: administratorOf(context, context.caller) });
  };
}

/** As the command reads it, and CORS_ORIGINS. @throws DomainError `invalid_request` */
function readOrigin(text: string): string {
  try {
    return parseListedOrigin(text);
  } catch (error) {
    if (!(error instanceof OriginError)) throw error;
    throw new DomainError("invalid_request", { field: "origins", message: `An origin ${error.message}.` });
  }
}
