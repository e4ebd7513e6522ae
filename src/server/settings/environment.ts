import path from "node:path";
import { z } from "zod";
import type { CaptchaMode } from "../../modules/captcha";
import type { RelyingParty } from "../../modules/passkeys";
import type { ApprovalPolicy } from "../../modules/qr-login";
import type { SecondFactorPolicy } from "../../modules/second-factor";
import { EnvironmentError } from "./environment-error";
import { OriginError, parseListedOrigin } from "./listed-origin";
import { type MailSetting, parseMail } from "./mail";
import { parseProtectedSite } from "./protected-site";
import { relyingPartyOf } from "./relying-party";
import { parseReturnOrigin } from "./return-origin";
import { parseSecondFactor, secondFactorSetting } from "./second-factor";
import { type ShownSetting, shownSettings } from "./shown-settings";
import { parseSignUp, type SignUpPolicy, signUpSetting } from "./sign-up";
import { parseDatabaseUrl, type StorageSetting } from "./storage-setting";

/**
 * What the operator sets. Read once at start; anything that is not understood stops the start with a sentence that names
 * it. docs/reference/configuration.md lists the same, and a test holds the two together.
 */
export interface Environment {
  readonly port: number;
  readonly host: string | undefined;
  readonly appUrl: URL;
  /** Whether the operator set it; else it is this machine. */
  readonly isAppUrlGiven: boolean;
  readonly dataDir: string;
  readonly storage: StorageSetting;
  readonly secrets: string | undefined;
  readonly captchaMode: CaptchaMode;
  readonly passwordMinLength: number;
  readonly accessTokenLifetimeInSeconds: number;
  readonly refreshIdleLifetimeInSeconds: number;
  readonly refreshAbsoluteLifetimeInSeconds: number;
  readonly qrRefreshIdleLifetimeInSeconds: number;
  readonly qrRefreshAbsoluteLifetimeInSeconds: number;
  readonly refreshReuseIntervalInSeconds: number;
  readonly keyRotationInSeconds: number;
  readonly requiresBinding: boolean;
  readonly allowsUrlTokens: boolean;
  /** Ids of the clients, ours among them, whose access tokens say what their user is called. */
  readonly namesInTokensOf: readonly string[];
  readonly corsOrigins: readonly string[];
  /** Where the sign-in page may lead back to, besides our own pages. */
  readonly returnOrigins: readonly string[];
  /** Origins. */
  readonly protectedSites: readonly string[];
  /** Whom passkeys are for; null where APP_URL has no host name. */
  readonly relyingParty: RelyingParty | null;
  readonly approvals: ApprovalPolicy;
  /** Who needs a second factor. */
  readonly secondFactor: SecondFactorPolicy;
  /** How mail is sent; null: not at all. */
  readonly mail: MailSetting | null;
  readonly signUp: SignUpPolicy;
  readonly siteCookieLifetimeInSeconds: number;
  readonly trustedProxies: number;
  /** Whether an address of the inside is its caller's own; `auto`: where APP_URL is of the inside too. */
  readonly privatePeers: "auto" | "on" | "off";
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
  readonly maxConnections: number;
  readonly stopDelayInSeconds: number;
  readonly maxStreams: number;
  readonly ticketsPerMinute: number;
  readonly captchaDrawsPerMinute: number;
  readonly captchaChallengesPerMinute: number;
  readonly addressFailuresPerQuarterHour: number;
  readonly refreshesPerMinute: number;
  readonly siteCodesPerMinute: number;
  readonly liveQrCodesPerAddress: number;
  readonly qrCodesPerMinute: number;
  readonly qrClaimsPerMinute: number;
  readonly wrongUserCodesPerQuarterHour: { readonly user: number; readonly address: number };
  readonly wrongMatchCodesPerQuarterHour: number;
  /** Of each kind, all together. */
  readonly mailsPerHour: number;
  /** How long events stay in the audit trail. */
  readonly auditKeptForDays: number;
  /** What is in force, without anything secret. */
  readonly shownSettings: readonly ShownSetting[];
}

const day = 86_400;
const whole = (fallback: number, min: number, max: number) =>
  z.coerce
    .number(`has to be a whole number from ${min} to ${max}`)
    .int(`has to be a whole number from ${min} to ${max}`)
    .min(min, `has to be ${min} or more`)
    .max(max, `has to be ${max} or less`)
    .default(fallback);
const onOff = (fallback: "on" | "off") => z.enum(["on", "off"]).default(fallback);

export const environmentShape = z.object({
  PORT: whole(3000, 1, 65_535),
  HOST: z.string().min(1).optional(),
  APP_URL: z.string().min(1).optional(),
  DATA_DIR: z.string().min(1).default("data"),
  DATABASE_URL: z.string().min(1).optional(),
  SECRETS: z.string().min(1).optional(),
  CAPTCHA: z.enum(["adaptive", "always", "off"]).default("adaptive"),
  PASSWORD_MIN_LENGTH: whole(15, 8, 64),
  ACCESS_TOKEN_LIFETIME: whole(300, 1, 3600),
  REFRESH_IDLE_LIFETIME: whole(7 * day, 1, 90 * day),
  REFRESH_ABSOLUTE_LIFETIME: whole(30 * day, 1, 365 * day),
  QR_REFRESH_IDLE_LIFETIME: whole(day, 1, 90 * day),
  QR_REFRESH_ABSOLUTE_LIFETIME: whole(7 * day, 1, 365 * day),
  REFRESH_REUSE_INTERVAL: whole(30, 0, 300),
  KEY_ROTATION_INTERVAL: whole(30 * day, 60, 365 * day),
  REQUIRE_BINDING: onOff("off"),
  URL_TOKENS: onOff("on"),
  NAMES_IN_TOKENS: z
    .string()
    .regex(/^[A-Za-z0-9._,\s-]*$/, "has to be a list of client ids, with commas between")
    .default(""),
  CORS_ORIGINS: z.string().default(""),
  RETURN_ORIGINS: z.string().default(""),
  PASSKEY_RP_ID: z.string().min(1).optional(),
  QR_APPROVAL: z.enum(["tap", "auto", "passkey"]).default("auto"),
  QR_FOR: z.enum(["everyone", "known"]).default("everyone"),
  SECOND_FACTOR: secondFactorSetting,
  SMTP_URL: z.string().min(1).optional(),
  MAIL_FROM: z.string().min(1).optional(),
  SIGN_UP: signUpSetting,
  SIGN_UP_DOMAINS: z.string().min(1).optional(),
  PROTECTED_SITES: z.string().default(""),
  SITE_COOKIE_LIFETIME: whole(8 * 3600, 1, 7 * day),
  TRUST_PROXY: whole(0, 0, 10),
  TRUST_PRIVATE_PEERS: z.enum(["auto", "on", "off"]).default("auto"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  AUDIT_RETENTION_DAYS: whole(400, 30, 36_500),
  LIMIT_CONNECTIONS: whole(10_000, 10, 1_000_000),
  STOP_DELAY: whole(0, 0, 300),
  LIMIT_STREAMS: whole(5000, 1, 1_000_000),
  LIMIT_TICKETS: whole(6000, 1, 1_000_000),
  LIMIT_CAPTCHA_DRAWS: whole(600, 1, 1_000_000),
  LIMIT_CAPTCHA_CHALLENGES: whole(3000, 1, 1_000_000),
  LIMIT_ADDRESS_FAILURES: whole(1000, 1, 1_000_000),
  LIMIT_REFRESHES: whole(200, 1, 1_000_000),
  LIMIT_SITE_CODES: whole(60, 1, 1_000_000),
  LIMIT_LIVE_QR_CODES: whole(100, 1, 1_000_000),
  LIMIT_QR_CODES: whole(1200, 1, 1_000_000),
  LIMIT_QR_CLAIMS: whole(60, 1, 1_000_000),
  LIMIT_WRONG_USER_CODES: whole(5, 1, 1_000_000),
  LIMIT_ADDRESS_WRONG_USER_CODES: whole(20, 1, 1_000_000),
  LIMIT_WRONG_MATCH_CODES: whole(5, 1, 1_000_000),
  LIMIT_MAILS: whole(1000, 1, 1_000_000),
});

/**
 * @param projectRoot what relative places are taken from: data must not depend on where a command was called
 * @throws EnvironmentError
 */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  projectRoot = process.cwd(),
): Environment {
  // An empty or blank variable is one that was not set: that is how compose files and shells leave them.
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim()));
  const parsed = environmentShape.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
    throw new EnvironmentError(`Some settings cannot be used:\n${lines.join("\n")}`);
  }
  const values = parsed.data;
  const dataDir = path.resolve(projectRoot, values.DATA_DIR);
  const appUrl = parseAppUrl(values.APP_URL ?? `http://localhost:${values.PORT}`);
  const mail = parseMail(values.SMTP_URL, values.MAIL_FROM);
  return {
    port: values.PORT,
    host: values.HOST,
    appUrl,
    isAppUrlGiven: values.APP_URL !== undefined,
    dataDir,
    storage: parseDatabaseUrl(values.DATABASE_URL, { projectRoot, dataDir, secrets: values.SECRETS }),
    secrets: values.SECRETS,
    captchaMode: values.CAPTCHA,
    passwordMinLength: values.PASSWORD_MIN_LENGTH,
    accessTokenLifetimeInSeconds: values.ACCESS_TOKEN_LIFETIME,
    refreshIdleLifetimeInSeconds: values.REFRESH_IDLE_LIFETIME,
    refreshAbsoluteLifetimeInSeconds: values.REFRESH_ABSOLUTE_LIFETIME,
    qrRefreshIdleLifetimeInSeconds: values.QR_REFRESH_IDLE_LIFETIME,
    qrRefreshAbsoluteLifetimeInSeconds: values.QR_REFRESH_ABSOLUTE_LIFETIME,
    refreshReuseIntervalInSeconds: values.REFRESH_REUSE_INTERVAL,
    keyRotationInSeconds: values.KEY_ROTATION_INTERVAL,
    requiresBinding: values.REQUIRE_BINDING === "on",
    allowsUrlTokens: values.URL_TOKENS === "on",
    namesInTokensOf: values.NAMES_IN_TOKENS.split(/[\s,]+/).filter((id) => id !== ""),
    corsOrigins: parseList("CORS_ORIGINS", values.CORS_ORIGINS, parseListedOrigin),
    returnOrigins: parseReturnOrigins(values.RETURN_ORIGINS, appUrl),
    relyingParty: relyingPartyOf(appUrl, values.PASSKEY_RP_ID),
    approvals: { verification: values.QR_APPROVAL, computers: values.QR_FOR },
    secondFactor: parseSecondFactor(values.SECOND_FACTOR),
    mail,
    signUp: parseSignUp(values.SIGN_UP, values.SIGN_UP_DOMAINS, mail),
    protectedSites: parseProtectedSites(values.PROTECTED_SITES, appUrl),
    siteCookieLifetimeInSeconds: values.SITE_COOKIE_LIFETIME,
    trustedProxies: values.TRUST_PROXY,
    privatePeers: values.TRUST_PRIVATE_PEERS,
    logLevel: values.LOG_LEVEL,
    maxConnections: values.LIMIT_CONNECTIONS,
    stopDelayInSeconds: values.STOP_DELAY,
    maxStreams: values.LIMIT_STREAMS,
    ticketsPerMinute: values.LIMIT_TICKETS,
    captchaDrawsPerMinute: values.LIMIT_CAPTCHA_DRAWS,
    captchaChallengesPerMinute: values.LIMIT_CAPTCHA_CHALLENGES,
    addressFailuresPerQuarterHour: values.LIMIT_ADDRESS_FAILURES,
    refreshesPerMinute: values.LIMIT_REFRESHES,
    siteCodesPerMinute: values.LIMIT_SITE_CODES,
    liveQrCodesPerAddress: values.LIMIT_LIVE_QR_CODES,
    qrCodesPerMinute: values.LIMIT_QR_CODES,
    qrClaimsPerMinute: values.LIMIT_QR_CLAIMS,
    wrongUserCodesPerQuarterHour: {
      user: values.LIMIT_WRONG_USER_CODES,
      address: values.LIMIT_ADDRESS_WRONG_USER_CODES,
    },
    wrongMatchCodesPerQuarterHour: values.LIMIT_WRONG_MATCH_CODES,
    mailsPerHour: values.LIMIT_MAILS,
    auditKeptForDays: values.AUDIT_RETENTION_DAYS,
    shownSettings: shownSettings(given, values),
  };
}

function parseAppUrl(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isBare =
    url !== undefined &&
    url.pathname === "/" &&
    [url.search, url.hash, url.username, url.password].every((part) => part === "");
  if (!url || !isBare || !["http:", "https:"].includes(url.protocol) || url.hostname.includes("*")) {
    throw new EnvironmentError(
      "APP_URL has to be an address without a path, such as https://accounts.example.com",
    );
  }
  return url;
}

/** @throws EnvironmentError that numbers the entry and does not repeat it */
function parseList(name: string, value: string, parse: (entry: string) => string): readonly string[] {
  const entries = value.split(/[\s,]+/).filter((entry) => entry !== "");
  return entries.map((entry, index) => {
    try {
      return parse(entry);
    } catch (error) {
      if (!(error instanceof OriginError)) throw error;
      throw new EnvironmentError(`${name}, entry ${index + 1}: it ${error.message}`);
    }
  });
}

/**
 * @param appUrl of the service as it will be served
 * @throws EnvironmentError
 */
export function parseProtectedSites(value: string, appUrl: URL): readonly string[] {
  return parseList("PROTECTED_SITES", value, (entry) => parseProtectedSite(entry, appUrl));
}

/**
 * @param appUrl of the service as it will be served
 * @throws EnvironmentError
 */
export function parseReturnOrigins(value: string, appUrl: URL): readonly string[] {
  return parseList("RETURN_ORIGINS", value, (entry) => parseReturnOrigin(entry, appUrl));
}
