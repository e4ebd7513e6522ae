import type { z } from "zod";
import type { ErrorCode } from "../../contract/errors";

/** Who may call: everyone, the holder of a key, a session, a watch token, or a registered client. */
export type Access = "open" | "proof" | "token" | "watch" | "client";

export interface Parameter {
  readonly name: string;
  readonly in: "query" | "path" | "header";
  readonly required: boolean;
  readonly description: string;
}

export interface Success {
  readonly status: 200 | 201 | 204 | 302 | 303;
  readonly description: string;
  /** None: there is no body. */
  readonly schema?: z.ZodType;
  /** JSON, unless said otherwise. */
  readonly contentType?: string;
}

/** One address and method of the plain face, in what its callers need to know. */
export interface Description {
  readonly method: "GET" | "POST" | "DELETE";
  /** As OpenAPI has it: `{id}` for a part that varies. */
  readonly path: string;
  readonly group: "Service" | "Sign-in" | "Session" | "Account" | "QR code" | "Protected sites" | "OAuth";
  readonly summary: string;
  readonly access: Access;
  readonly parameters?: readonly Parameter[];
  readonly input?: z.ZodType;
  /** What a body may come as; JSON or a form, unless said otherwise. */
  readonly inputTypes?: readonly string[];
  readonly success: Success;
  /** Its own refusals; what any address may answer is said once for all. */
  readonly refusals: readonly ErrorCode[];
}

/** What a missing or bad access token or proof is refused with. */
export const tokenRefusals = [
  "invalid_token",
  "token_expired",
  "session_revoked",
  "invalid_dpop_proof",
  "device_mismatch",
] as const satisfies readonly ErrorCode[];
