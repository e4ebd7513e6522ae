import type { ErrorCode } from "../../contract/errors";
import type { QrCreateOutput, QrStatusOutput } from "../../contract/qr";
import { isRecord } from "../calls/refusal";
import type { CallService, ServiceAnswer } from "../calls/service";
import type { SessionState } from "../session/session-state";
import { outcomeOfFault } from "../session/store-fault";
import { type Delivery, isTokenOutput, tokensFrom } from "../session/token-store";
import type { QrCode } from "./state";
import { type UnavailableCause, unavailableCause } from "./view";

export interface NoAnswer {
  readonly status: "unavailable";
  readonly cause: UnavailableCause;
  readonly retryAfterInSeconds: number | undefined;
}

export type CreateOutcome = { readonly status: "created"; readonly code: QrCode } | NoAnswer;

/** "gone": the service does not know the code, or knows it as another key's. */
export type StatusOutcome =
  | { readonly status: "told"; readonly told: QrStatusOutput }
  | { readonly status: "gone" }
  | NoAnswer;

export type RedeemOutcome =
  | { readonly status: "signed_in"; readonly sessionId: string }
  | { readonly status: "pending" | "denied" | "unknown_device" }
  /** It has expired, or somebody has had its tokens: a lost answer looks like this too. */
  | { readonly status: "over" }
  | NoAnswer;

export type EnterOutcome = { readonly status: "entered" | "wrong" | "over" } | NoAnswer;

/** The computer's calls of the plain face. Nothing throws. */
export interface QrCalls {
  create(): Promise<CreateOutcome>;
  status(code: QrCode): Promise<StatusOutcome>;
  /** Begins the session when the service grants it. */
  redeem(code: QrCode): Promise<RedeemOutcome>;
  enter(code: QrCode, digits: string): Promise<EnterOutcome>;
  /** Best effort: goes on when the page does not. */
  cancel(code: QrCode): Promise<void>;
}

export interface QrCallsOptions {
  readonly callService: CallService;
  readonly session: SessionState;
  readonly delivery: Delivery;
  readonly clientId?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const goneReasons: ReadonlySet<string> = new Set<ErrorCode>(["qr_not_found", "device_mismatch"]);

export function createQrCalls(options: QrCallsOptions): QrCalls {
  const { callService, clientId, now } = options;
  const post = (path: string, body: unknown) => callService({ method: "POST", path, body });
  return {
    async create() {
      const answer = await post("/api/auth/qr", { client_id: clientId });
      if (answer.status !== "ok") return noAnswer(answer);
      return isCreateOutput(answer.body)
        ? { status: "created", code: codeFrom(answer.body, now()) }
        : noAnswer({ status: "unavailable", cause: "server" });
    },
    async status({ deviceCode }) {
      const answer = await post("/api/auth/qr/status", { device_code: deviceCode });
      if (answer.status === "refused" && goneReasons.has(answer.refusal.reason)) return { status: "gone" };
      if (answer.status !== "ok") return noAnswer(answer);
      return isQrStatusOutput(answer.body)
        ? { status: "told", told: answer.body }
        : noAnswer({ status: "unavailable", cause: "server" });
    },
    redeem: (code) => redeem(options, code),
    async enter({ deviceCode }, digits) {
      const answer = await post("/api/auth/qr/code", { device_code: deviceCode, code: digits });
      if (answer.status === "ok") return { status: "entered" };
      if (answer.status !== "refused" || answer.httpStatus === 429) return noAnswer(answer);
      const { reason } = answer.refusal;
      return { status: reason === "code_mismatch" || reason === "invalid_request" ? "wrong" : "over" };
    },
    async cancel({ deviceCode }) {
      const path = "/api/auth/qr/cancel";
      await callService({ method: "POST", path, body: { device_code: deviceCode }, keepalive: true });
    },
  };
}

async function redeem(options: QrCallsOptions, { deviceCode }: QrCode): Promise<RedeemOutcome> {
  const { callService, session, delivery, now } = options;
  const body = { device_code: deviceCode, delivery };
  const answer = await callService({ method: "POST", path: "/api/auth/qr/token", body });
  if (answer.status === "ok") {
    if (!isTokenOutput(answer.body)) return noAnswer({ status: "unavailable", cause: "server" });
    const { keyThumbprint } = answer;
    const tokens = tokensFrom(answer.body, { keyThumbprint, delivery, nowInMs: now() });
    try {
      await session.begin(tokens);
      return { status: "signed_in", sessionId: tokens.sessionId };
    } catch (error) {
      return noAnswer(outcomeOfFault(error));
    }
  }
  if (answer.status !== "refused" || answer.httpStatus === 429) return noAnswer(answer);
  switch (answer.refusal.reason) {
    case "authorization_pending":
    case "slow_down":
      return { status: "pending" };
    case "access_denied":
      return { status: answer.refusal.members.reason === "unknown_device" ? "unknown_device" : "denied" };
    default:
      return { status: "over" };
  }
}

function noAnswer(answer: Exclude<ServiceAnswer, { status: "ok" }>): NoAnswer {
  if (answer.status === "refused") {
    const isLimit = answer.httpStatus === 429;
    return {
      status: "unavailable",
      cause: isLimit ? "rate_limited" : "wrong_address",
      retryAfterInSeconds: isLimit ? answer.refusal.retryAfterInSeconds : undefined,
    };
  }
  const { retryAfterInSeconds } = answer;
  return { status: "unavailable", cause: unavailableCause(answer), retryAfterInSeconds };
}

function codeFrom(created: QrCreateOutput, nowInMs: number): QrCode {
  return {
    qrId: created.qr_id,
    deviceCode: created.device_code,
    watchToken: created.watch_token,
    shown: {
      payload: created.verification_uri_complete,
      userCode: created.user_code,
      verificationUri: created.verification_uri,
    },
    intervalInMs: created.interval * 1000,
    expiresAtInMs: nowInMs + created.expires_in * 1000,
    isOfUse: created.known_device !== false,
  };
}

function isCreateOutput(value: unknown): value is QrCreateOutput {
  const texts = ["qr_id", "device_code", "watch_token", "user_code"];
  const addresses = ["verification_uri", "verification_uri_complete"];
  return (
    isRecord(value) &&
    [...texts, ...addresses].every((name) => typeof value[name] === "string") &&
    ["expires_in", "interval"].every((name) => typeof value[name] === "number")
  );
}

const statuses: ReadonlySet<unknown> = new Set<QrStatusOutput["status"]>([
  "pending",
  "scanned",
  "approved",
  "consumed",
  "denied",
  "cancelled",
  "expired",
]);

/** Whether it has the members of a status, of a poll or of the stream. */
export function isQrStatusOutput(value: unknown): value is QrStatusOutput {
  return isRecord(value) && statuses.has(value.status) && typeof value.expires_in === "number";
}
