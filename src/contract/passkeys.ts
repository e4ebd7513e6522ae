/** WebAuthn Level 3 on the wire: the JSON of its sections 5.1.8 to 5.1.10, as far as we read and write it. */
import { z } from "zod";

const base64url = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/);
/** At most 1,023 bytes (section 5.1, "Credential ID"). */
export const passkeyId = base64url(1364);
const signed = base64url(16_384);

/** What a browser answers when a passkey was made: RegistrationResponseJSON. */
export const newPasskey = z.object({
  id: passkeyId,
  rawId: passkeyId,
  type: z.literal("public-key"),
  response: z.object({
    clientDataJSON: signed,
    attestationObject: signed,
    transports: z
      .array(z.string().regex(/^[a-z-]{1,32}$/))
      .max(16)
      .optional(),
  }),
});
export type NewPasskey = z.infer<typeof newPasskey>;

/** What a browser answers when a passkey has signed: AuthenticationResponseJSON. */
export const passkeyAssertion = z.object({
  id: passkeyId,
  rawId: passkeyId,
  type: z.literal("public-key"),
  response: z.object({
    clientDataJSON: signed,
    authenticatorData: signed,
    signature: signed,
    /** Every passkey that is found without a name says whose it is. */
    userHandle: base64url(128),
  }),
});
export type PasskeyAssertion = z.infer<typeof passkeyAssertion>;

/** PublicKeyCredentialRequestOptionsJSON. */
export const passkeyRequestOptions = z.object({
  challenge: z.string(),
  rpId: z.string(),
  /** Milliseconds. */
  timeout: z.number(),
  userVerification: z.literal("required"),
  /** Empty: whichever the person has for us. */
  allowCredentials: z.array(z.object({ id: z.string(), type: z.literal("public-key") })),
});

export type PasskeyRequestOptions = z.infer<typeof passkeyRequestOptions>;

/** PublicKeyCredentialCreationOptionsJSON. */
export const passkeyCreationOptions = z.object({
  challenge: z.string(),
  rp: z.object({ id: z.string(), name: z.string() }),
  user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
  pubKeyCredParams: z.array(z.object({ type: z.literal("public-key"), alg: z.number() })),
  /** Milliseconds. */
  timeout: z.number(),
  excludeCredentials: z.array(z.object({ id: z.string(), type: z.literal("public-key") })),
  authenticatorSelection: z.object({
    residentKey: z.literal("required"),
    requireResidentKey: z.literal(true),
    userVerification: z.literal("required"),
  }),
  attestation: z.literal("none"),
});
export type PasskeyCreationOptions = z.infer<typeof passkeyCreationOptions>;

const passkeyName = z.string().trim().min(1).max(64);

export const addPasskeyInput = z.object({ credential: newPasskey, name: passkeyName.optional() });
export const renamePasskeyInput = z.object({ id: passkeyId, name: passkeyName });
export const passkeyIdInput = z.object({ id: passkeyId });

export const passkeyOutput = z.object({
  /** The credential ID. */
  id: z.string(),
  name: z.string(),
  /** What keeps it, where that is known by its AAGUID. */
  provider: z.string().optional(),
  /** Seconds since the epoch. */
  created_at: z.number(),
  last_used_at: z.number().nullable(),
  /** Whether it is, or may be, on several devices. */
  backed_up: z.boolean(),
  transports: z.array(z.string()),
});
export type PasskeyOutput = z.infer<typeof passkeyOutput>;
export const passkeyListOutput = z.object({
  passkeys: z.array(passkeyOutput),
  /** The relying party; left out where there can be no passkeys. */
  rp_id: z.string().optional(),
  /** Who the account is to authenticators: what the browser calls `userId`, base64url. */
  user_handle: z.string(),
});
export const passkeyOptionsOutput = z.object({ options: passkeyCreationOptions });
