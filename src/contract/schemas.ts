/** Inputs and outputs of every operation, on both faces. Member names are those of the wire. */
import { z } from "zod";
import { passkeyAssertion, passkeyRequestOptions } from "./passkeys";

/** Characters of a compact JWE (RFC 7516). Ours need far fewer; longer ones are refused before they are parsed. */
export const MAX_CREDENTIALS_LENGTH = 8192;

const opaque = (max: number) => z.string().min(1).max(max);
/**
 * A ticket, token or code of ours. Much longer than any, so that one kind in the place of another, as an access token
 * where a ticket belongs, is refused as the wrong one that it is, and not as no input at all.
 */
export const secretInput = opaque(4096);
export const usernameInput = z.string().min(1).max(256);
export const passwordInput = z.string().min(1).max(4096);

export const captchaKind = z.enum(["image", "pow"]);
export type CaptchaKind = z.infer<typeof captchaKind>;

/** `kinds` is ordered: the first is the one to offer. */
export const captchaOffer = z.object({
  required: z.boolean(),
  id: z.string(),
  kinds: z.array(captchaKind),
});
export type CaptchaOffer = z.infer<typeof captchaOffer>;

/** The public half of the key that credentials are encrypted to: ECDH-ES+A256KW on P-256. */
export const encryptionJwk = z.object({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string(),
  y: z.string(),
  kid: z.string(),
  use: z.literal("enc"),
  alg: z.literal("ECDH-ES+A256KW"),
});
export type EncryptionJwk = z.infer<typeof encryptionJwk>;

export const ticketOutput = z.object({
  t: z.string(),
  expires_in: z.number(),
  encryption_jwk: encryptionJwk,
  captcha: captchaOffer,
  /** For signing in with a passkey; absent where passkeys cannot be used, as at an address without a name. */
  passkey_options: passkeyRequestOptions.optional(),
});
export type TicketOutput = z.infer<typeof ticketOutput>;

export const captchaAnswer = z.object({
  id: secretInput,
  kind: captchaKind,
  answer: opaque(4096),
});
export type CaptchaAnswer = z.infer<typeof captchaAnswer>;

export const delivery = z.enum(["body", "cookie"]);

/** The registered client that a page is: for people to read. Its origin has to be one of the client's. */
export const applicationInput = opaque(64).optional();

const loginCommon = {
  t: secretInput,
  captcha: captchaAnswer.nullish(),
  delivery: delivery.optional(),
  client_id: applicationInput,
};

export const loginInput = z.union([
  z.object({ ...loginCommon, credentials: opaque(MAX_CREDENTIALS_LENGTH) }),
  z.object({ ...loginCommon, username: usernameInput, password: passwordInput }),
  z.object({ ...loginCommon, passkey: passkeyAssertion }),
]);
export type LoginInput = z.infer<typeof loginInput>;

/** What the JWE of a sign-in holds. */
export const loginCredentials = z.object({
  username: usernameInput,
  password: passwordInput,
  t: secretInput,
});

export const tokenOutput = z.object({
  access_token: z.string(),
  token_type: z.enum(["Bearer", "DPoP"]),
  expires_in: z.number(),
  /** Absent under cookie delivery. */
  refresh_token: z.string().optional(),
  refresh_token_expires_in: z.number(),
  session_id: z.string(),
});
export type TokenOutput = z.infer<typeof tokenOutput>;

/** No token: the one in the sealed cookie is meant. */
export const refreshInput = z.object({ refresh_token: secretInput.optional() });
export const logoutInput = z.object({ refresh_token: secretInput.optional() });

export const roleName = z.enum(["owner", "admin", "user"]);
export type RoleName = z.infer<typeof roleName>;

export const signInMethod = z.enum(["password", "passkey", "qr", "device_code"]);
export type SignInMethod = z.infer<typeof signInMethod>;

export const deviceOutput = z.object({
  browser: z.string().nullable(),
  os: z.string().nullable(),
  /** Whether the session's tokens work only with the key of this device. */
  bound: z.boolean(),
});

export const userOutput = z.object({
  id: z.string(),
  username: z.string(),
  display_name: z.string(),
  roles: z.array(roleName),
});

export const sessionOutput = z.object({
  id: z.string(),
  /** Seconds since the epoch. */
  created_at: z.number(),
  method: signInMethod,
  device: deviceOutput,
});

export const meOutput = z.object({ user: userOutput, session: sessionOutput });
export type MeOutput = z.infer<typeof meOutput>;

export const sessionListItem = sessionOutput.extend({
  current: z.boolean(),
  last_active_at: z.number(),
  expires_at: z.number(),
  address: z.string().nullable(),
  client_id: z.string(),
  /** The registered client that signed in, or at whose page somebody did; null for Countersign's own pages. */
  application: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** What its user has proven there, at sign-in or since (RFC 8176). */
  amr: z.array(z.string()),
  /** Another session of the same user that approved this one. */
  approved_by: z.string().nullable(),
});
export const sessionListOutput = z.object({ sessions: z.array(sessionListItem) });
export type SessionListItem = z.infer<typeof sessionListItem>;

export const sessionIdInput = z.object({ id: opaque(128) });
export const revokeOthersOutput = z.object({ revoked: z.number() });

/** What a user hears of besides new sign-ins. */
export const alarmTypes = [
  "refresh_token_reused",
  "device_mismatch",
  "password_changed",
  "password_recovered",
  "totp_added",
  "totp_removed",
  "recovery_codes_made",
  "recovery_code_used",
  "second_factors_removed",
  "passkey_added",
  "passkey_renamed",
  "passkey_removed",
  "email_added",
  "email_removed",
] as const;

/** Something that happened to the account and that its user should see. */
export const noticeOutput = z.object({
  id: z.string(),
  type: z.enum(["new_sign_in", ...alarmTypes]),
  /** Seconds since the epoch. */
  at: z.number(),
  session_id: z.string().nullable(),
  /** Whether that session still lives, so that revoking it still means something. */
  session_live: z.boolean(),
  device: deviceOutput.nullable(),
  address: z.string().nullable(),
});
export const noticeIdInput = z.object({ id: opaque(128) });
export const noticeListOutput = z.object({ notices: z.array(noticeOutput) });
export type Notice = z.infer<typeof noticeOutput>;

/** For an account without a password, the old one is left out. */
const passwordChange = { old_password: passwordInput.optional(), new_password: passwordInput };
/** Plainly over TLS, or as a JWE of the same members under a ticket. */
export const changePasswordInput = z.union([
  z.object({ t: secretInput, credentials: opaque(MAX_CREDENTIALS_LENGTH) }),
  z.object(passwordChange),
]);
export const changePasswordCredentials = z.object({ ...passwordChange, t: secretInput });

/** A code of an authenticator app, or a recovery code, as a person types it. */
export const codeInput = opaque(64);
export const codeKind = z.enum(["totp", "recovery_code"]);
export type CodeKind = z.infer<typeof codeKind>;
export const secondFactorCode = z.object({ kind: codeKind, code: codeInput });

const encryptedInput = z.object({ t: secretInput, credentials: opaque(MAX_CREDENTIALS_LENGTH) });
const plainPassword = z.object({ password: passwordInput });

/** A password and a code together reach `mfa`, as a passkey does by itself. What fits first is what is read. */
export const stepUpInput = z.union([
  encryptedInput.extend(secondFactorCode.shape),
  plainPassword.extend(secondFactorCode.shape),
  encryptedInput,
  plainPassword,
  z.object({ t: secretInput, passkey: passkeyAssertion }),
  secondFactorCode,
]);
export type StepUpInput = z.infer<typeof stepUpInput>;
export const stepUpCredentials = z.object({ password: passwordInput, t: secretInput });
export const stepUpOutput = z.object({ expires_in: z.number() });

export const setupStatusOutput = z.object({
  /** Whether the first account may still be made. */
  open: z.boolean(),
  app_url: z.string(),
  client_address: z.string().nullable(),
  password_min_length: z.number(),
});
export const setupInput = z.object({
  secret: secretInput,
  username: usernameInput,
  display_name: z.string().max(256).optional(),
  password: passwordInput,
});
export const setupOutput = z.object({ username: z.string() });

export const serverTimeOutput = z.object({ server_time: z.number() });

/** One thing that a signed-in device learns at once. A hint: the rows are the truth. */
export const liveEvent = z.discriminatedUnion("type", [
  /** `account_changed`: who the user is, such as the name or the roles. */
  z.object({ type: z.enum(["ready", "sessions_changed", "session_ended", "account_changed"]) }),
  /** A code that this session has scanned changed its state: read it again. */
  z.object({ type: z.literal("qr_changed"), qr_id: z.string() }),
]);
export type LiveEvent = z.infer<typeof liveEvent>;
