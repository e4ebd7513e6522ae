/**
 * The one error table. Every refusal that leaves the service, on either face, is a row of it.
 *
 * It imports nothing, so that small clients can carry it.
 */

/** What a row says: the HTTP status of the plain face, the tRPC code, and a sentence a user may see. */
export interface ErrorRow {
  readonly httpStatus: number;
  /** The status on the OAuth face, where RFC 6749 section 5.2 or RFC 9449 section 5 ask for another one. */
  readonly oauthStatus?: number;
  readonly trpcCode: TrpcErrorCode;
  readonly message: string;
  /**
   * What is over for the refused caller: the token, so that another credential of the session may still speak; the session;
   * or the use of this credential by this device, which does not hold its key.
   */
  readonly ends?: "token" | "session" | "use";
}

type TrpcErrorCode =
  | "BAD_REQUEST"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "METHOD_NOT_SUPPORTED"
  | "CONFLICT"
  | "PAYLOAD_TOO_LARGE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "TOO_MANY_REQUESTS"
  | "INTERNAL_SERVER_ERROR"
  | "SERVICE_UNAVAILABLE";

export const errorTable = {
  // Requests that cannot be read
  invalid_request: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "The request is not valid. Please correct it before you send it again.",
  },
  not_found: {
    httpStatus: 404,
    trpcCode: "NOT_FOUND",
    message: "There is nothing at this address. Please check it.",
  },
  method_not_allowed: {
    httpStatus: 405,
    trpcCode: "METHOD_NOT_SUPPORTED",
    message:
      "This address cannot be called with this method. The Allow header lists the methods that it has.",
  },
  payload_too_large: {
    httpStatus: 413,
    trpcCode: "PAYLOAD_TOO_LARGE",
    message: "The request is too large. Please send at most 64 KiB.",
  },
  unsupported_media_type: {
    httpStatus: 415,
    trpcCode: "UNSUPPORTED_MEDIA_TYPE",
    message: "This type of content is not supported. Please send JSON or a form.",
  },
  cross_site_request: {
    httpStatus: 403,
    trpcCode: "FORBIDDEN",
    message:
      "This request came from a page of another site and was refused. Please open this service at its own address.",
  },

  // Signing in
  invalid_ticket: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "This sign-in has expired or was already used. Please start again.",
  },
  captcha_required: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "Please complete the security check first.",
  },
  captcha_failed: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "The security check was not passed. Please try a new one.",
  },
  invalid_credentials: {
    httpStatus: 401,
    trpcCode: "UNAUTHORIZED",
    message: "The username or the password is incorrect. Please try again.",
  },
  invalid_passkey: {
    httpStatus: 401,
    trpcCode: "UNAUTHORIZED",
    message: "This passkey could not be used. Please try again, or sign in another way.",
  },
  last_credential: {
    httpStatus: 409,
    trpcCode: "CONFLICT",
    message:
      "Without this passkey nobody could sign in to the account. Please set a password or add another passkey first.",
  },
  second_factor_required: {
    httpStatus: 401,
    trpcCode: "UNAUTHORIZED",
    message: "The password is right. Please confirm the sign-in with your second factor.",
  },
  deletion_pending: {
    httpStatus: 403,
    trpcCode: "FORBIDDEN",
    message: "This account is going to be deleted. You can still keep it.",
  },
  invalid_code: {
    httpStatus: 401,
    trpcCode: "UNAUTHORIZED",
    message: "This code is not right, or it was used before. Please enter the next one.",
  },
  too_many_attempts: {
    httpStatus: 429,
    trpcCode: "TOO_MANY_REQUESTS",
    message: "Too many tries. Please wait and try again.",
  },
  weak_password: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "This password cannot be used. Please choose another.",
  },
  last_owner: {
    httpStatus: 409,
    trpcCode: "CONFLICT",
    message:
      "You are the only owner, so your account cannot be deleted. Please make somebody else an owner first.",
  },
  username_taken: {
    httpStatus: 409,
    trpcCode: "CONFLICT",
    message: "This name is already in use. Please choose another.",
  },
  invalid_invitation: {
    httpStatus: 403,
    trpcCode: "FORBIDDEN",
    message: "This invitation is not valid, or not any more. Please ask whoever invited you for a new one.",
  },
  setup_closed: {
    httpStatus: 403,
    trpcCode: "FORBIDDEN",
    message:
      "This set-up link is no longer valid. If there is no account yet, restart the service to get a new link.",
  },
  invalid_reset_token: {
    httpStatus: 403,
    trpcCode: "FORBIDDEN",
    message:
      "This recovery link is no longer valid. It works once and for a short time. Please ask for a new one.",
  },

  // Tokens, sessions, devices
  invalid_token: {
    httpStatus: 401,
    trpcCode: "UNAUTHORIZED",
    ends: "token",
    message: "You are not signed in. Please sign in.",
  },
  token_expired: {
    httpStatus: 401,
    trpcCode: "UNAUTHORIZED",
    ends: "token",
    message: "The token has expired. Please refresh it or sign in again.",
  },
  session_revoked: {
    httpStatus: 401,
    trpcCode: "UNAUTHORIZED",
    ends: "session",
    message: "This session has ended. Please sign in again.",
  },
  refresh_token_reused: {
    httpStatus: 401,
    trpcCode: "UNAUTHORIZED",
    ends: "session",
    message:
      "This session was ended because an old token was used again. Please sign in. If this was not you, change your password.",
  },
  invalid_dpop_proof: {
    httpStatus: 401,
    oauthStatus: 400,
    trpcCode: "UNAUTHORIZED",
    message:
      "The proof of this device's key is missing or not valid. Please check the clock of this device and try again.",
  },
  use_dpop_nonce: {
    httpStatus: 401,
    oauthStatus: 400,
    trpcCode: "UNAUTHORIZED",
    message: "The proof needs a nonce. Please repeat the request with the nonce of the DPoP-Nonce header.",
  },
  device_mismatch: {
    httpStatus: 401,
    trpcCode: "UNAUTHORIZED",
    ends: "use",
    message: "This token belongs to another device. Please sign in on this device.",
  },
  step_up_required: {
    httpStatus: 403,
    trpcCode: "FORBIDDEN",
    message: "This needs your password. Please enter it again.",
  },
  forbidden: { httpStatus: 403, trpcCode: "FORBIDDEN", message: "You are not allowed to do this." },

  // Sign-in by QR code
  qr_not_found: {
    httpStatus: 404,
    trpcCode: "NOT_FOUND",
    message: "This code is unknown or has expired. Please get a new code.",
  },
  qr_already_claimed: {
    httpStatus: 409,
    trpcCode: "CONFLICT",
    message:
      "Another phone has already scanned this code. If it was not yours, cancel on the computer and get a new code.",
  },
  ticket_used: {
    httpStatus: 409,
    trpcCode: "CONFLICT",
    message: "This request was already answered. To sign in again, please get a new code.",
  },
  code_required: {
    httpStatus: 409,
    trpcCode: "CONFLICT",
    message: "Please enter the six digits on the computer first.",
  },
  user_verification_required: {
    httpStatus: 403,
    trpcCode: "FORBIDDEN",
    message: "Please approve with your passkey.",
  },
  unknown_device: {
    httpStatus: 403,
    trpcCode: "FORBIDDEN",
    message:
      "You have not signed in on that device before, so it cannot be approved. Please sign in there with your passkey or your password.",
  },
  code_mismatch: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "This code does not match. Please look at the phone and enter it again.",
  },

  // OAuth's own (RFC 6749 section 5.2, RFC 7009 section 2.2.1, RFC 8628 section 3.5)
  authorization_pending: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "The request has not been approved yet. Please ask again later.",
  },
  slow_down: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "You asked too soon. Please ask less often.",
  },
  access_denied: {
    httpStatus: 400,
    trpcCode: "FORBIDDEN",
    message: "The request was denied or cancelled. To try again, please get a new code.",
  },
  expired_token: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "The code has expired or was already used. Please get a new code.",
  },
  invalid_grant: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "The code or refresh token is not valid or was already used. Please sign in again.",
  },
  invalid_client: {
    httpStatus: 401,
    trpcCode: "UNAUTHORIZED",
    message: "The client is unknown, or its secret or assertion is not valid. Please check both.",
  },
  unauthorized_client: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "This client is not registered for this grant. The operator can register it with the grant.",
  },
  unsupported_grant_type: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "This grant type is not supported. The metadata of the service lists the grant types that are.",
  },
  unsupported_token_type: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "This type of token cannot be revoked. It expires within minutes.",
  },
  invalid_scope: {
    httpStatus: 400,
    trpcCode: "BAD_REQUEST",
    message: "The scope is not valid. Please correct it.",
  },

  // Faults
  temporarily_unavailable: {
    httpStatus: 503,
    trpcCode: "SERVICE_UNAVAILABLE",
    message: "The service is busy. Please try again in a moment.",
  },
  server_error: {
    httpStatus: 500,
    trpcCode: "INTERNAL_SERVER_ERROR",
    message: "Something went wrong in the service. Please try again later.",
  },
} as const satisfies Record<string, ErrorRow>;

/** A stable code that a client may branch on. It is also the anchor of its paragraph in docs/reference/errors.md. */
export type ErrorCode = keyof typeof errorTable;

/** The codes whose row says that they end one of these. */
export type CodeThatEnds<What extends ErrorRow["ends"]> = {
  [Code in ErrorCode]: (typeof errorTable)[Code] extends { readonly ends: What } ? Code : never;
}[ErrorCode];

/** Whether the code says that the credential is of no use to this caller any more. */
export function isDead(code: ErrorCode): boolean {
  return endsOf(code) !== undefined;
}

/** Whether the code says that the token is dead, so that another credential may speak in its place. */
export function isDeadToken(code: ErrorCode): boolean {
  const ends = endsOf(code);
  return ends === "token" || ends === "session";
}

function endsOf(code: ErrorCode): ErrorRow["ends"] {
  const row: ErrorRow = errorTable[code];
  return row.ends;
}

/** What a refusal may tell besides its code. All of it may leave the process. */
export type ErrorDetails = {
  /** Replaces the table's sentence. Never contains input or a secret. */
  message?: string;
  /** The field of the request that was refused. */
  field?: string;
  /** Seconds until another try can succeed; becomes `Retry-After`. */
  retryAfterInSeconds?: number;
  /** The scheme that a 401 asks for, where the request itself does not tell. */
  challengeScheme?: "Bearer" | "DPoP";
  /** The authentication that would be enough (RFC 9470): `acr_values` and `max_age` of the answer and its challenge. */
  wants?: { readonly acrValues: readonly string[]; readonly maxAgeInSeconds: number };
  /** Further public members of the answer, such as a fresh captcha. */
  extra?: Readonly<Record<string, unknown>>;
};
