/** Registered clients on the wire, for owners and admins. */
import { z } from "zod";

export const clientGrant = z.enum(["device_code", "refresh_token", "client_credentials"]);

/** How a client proves who it is: not at all, with its secret, or with a key of its own (RFC 7523). */
export const clientAuthentication = z.enum(["none", "client_secret", "private_key_jwt"]);

const list = (max: number) => z.array(z.string().max(300)).max(max);
/** A public key (RFC 7517), or a set of them. */
const keys = z.record(z.string(), z.unknown());

/** What can be changed. A client's id and its authentication stay for good. */
const changeable = {
  /** Shown to whoever approves. */
  name: z.string().max(256).optional(),
  grants: z.array(clientGrant).max(clientGrant.options.length).optional(),
  /** The `aud` of its access tokens; null: ours. */
  audience: z.string().max(2000).nullable().optional(),
  /** With client_credentials: what its own tokens are limited to. */
  scopes: list(50).optional(),
  /** Of its pages, as browsers send them. */
  origins: list(20).optional(),
  /** Whether it gets no tokens without a proof of its key (RFC 9449). */
  requires_binding: z.boolean().optional(),
  jwks: keys.optional(),
};

export const clientIdInput = z.object({ id: z.string().min(1).max(128) });

export const addClientInput = z.object({
  ...changeable,
  id: z.string().min(1).max(128),
  name: z.string().max(256),
  authentication: clientAuthentication,
});

export const changeClientInput = clientIdInput
  .extend(changeable)
  .refine((input) => Object.values(input).filter((value) => value !== undefined).length > 1, {
    message: "Change something: name, grants, audience, scopes, origins, requires_binding or jwks.",
  });

export const clientOutput = z.object({
  id: z.string(),
  name: z.string(),
  authentication: clientAuthentication,
  grants: z.array(clientGrant),
  audience: z.string().nullable(),
  scopes: z.array(z.string()),
  origins: z.array(z.string()),
  requires_binding: z.boolean(),
  /** The public keys of one that has them. */
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).nullable(),
  /** Seconds since the epoch. */
  created_at: z.number(),
  /** When it last signed somebody in or got tokens, to the minute; null: never. */
  last_used_at: z.number().nullable(),
  /** Different users of its live sessions, and how many those are. */
  people: z.number(),
  sessions: z.number(),
});
export type ClientOutput = z.infer<typeof clientOutput>;

export const clientListOutput = z.object({ clients: z.array(clientOutput) });

/** With the secret, which is shown this once; null for a client that has none. */
export const newClientOutput = clientOutput.extend({ client_secret: z.string().nullable() });
export type NewClientOutput = z.infer<typeof newClientOutput>;

export const clientSecretOutput = z.object({ client_secret: z.string() });
export const clientRemovedOutput = z.object({ sessions_ended: z.number() });
