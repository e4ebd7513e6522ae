import { existsSync } from "node:fs";
import path from "node:path";
import { ownOrigins } from "../contract/loopback";
import { Accounts, SetupLink } from "../modules/accounts";
import { AuditTrail } from "../modules/audit";
import { Clients } from "../modules/clients";
import { createPasswordHasher } from "../modules/passwords";
import type { Clock, EventBus, RandomSource, SecretRing } from "../modules/ports";
import { QrRows } from "../modules/qr-login";
import { SignInThrottle } from "../modules/rate-limits";
import { Sessions } from "../modules/sessions";
import { CaptchaStep, SignIn } from "../modules/sign-in";
import { Tickets } from "../modules/tickets";
import { AccessTokens, ProofVerifier, ServerKeys } from "../modules/tokens";
import { CaptchaThread } from "../platform/captcha-thread";
import { applyMigrations } from "../platform/database/migrate";
import { openSqlite } from "../platform/database/open-sqlite";
import { createAuditLog, createLog, type Log } from "../platform/log";
import { createAccountStore } from "../platform/prisma/account-store";
import { createClientStore } from "../platform/prisma/client-store";
import { openDatabase } from "../platform/prisma/database";
import { watchForeignCommits } from "../platform/prisma/foreign-commits";
import { createQrLoginStore } from "../platform/prisma/qr-login-store";
import { createSessionStore } from "../platform/prisma/session-store";
import {
  createAuditStore,
  createKnownDeviceStore,
  createServerKeyStore,
  createSetupLinkStore,
  createThrottleStore,
  createUsedProofStore,
} from "../platform/prisma/small-stores";
import { createTicketStore } from "../platform/prisma/ticket-store";
import { loadSecrets } from "../platform/secrets";
import { createMemoryEventBus, createMemoryRateLimiter, systemClock, systemRandom } from "../platform/system";
import { composeQr, type QrParts } from "./compose-qr";
import type { Environment } from "./environment";
import { startHousekeeping } from "./housekeeping";
import { DpopNonces } from "./oauth/dpop-nonces";
import { makeFolder } from "./start-faults";

/** Everything that is made once in a process. */
export interface Container extends QrParts {
  readonly environment: Environment;
  readonly origins: readonly string[];
  readonly clock: Clock;
  readonly events: EventBus;
  readonly secrets: SecretRing;
  readonly log: Log;
  readonly keys: ServerKeys;
  readonly accessTokens: AccessTokens;
  readonly proofs: ProofVerifier;
  readonly sessions: Sessions;
  readonly accounts: Accounts;
  readonly setupLink: SetupLink;
  readonly signIn: SignIn;
  readonly captcha: CaptchaStep;
  readonly clients: Clients;
  readonly dpopNonces: DpopNonces;
  readonly audit: AuditTrail;
  /** Aborted when the process is about to stop: streams end with it. */
  readonly stopping: AbortSignal;
  endStreams(): void;
  /** Lets go of the database; call it when no request runs any more. */
  close(): Promise<void>;
}

export interface ContainerOptions {
  readonly migrationsDir: string;
  /** The bundle of src/platform/captcha-worker.ts; without it captcha pictures are drawn on the event loop. */
  readonly captchaWorkerFile?: string;
  /** When this process began; proofs of devices from before are refused. */
  readonly processStartedAt?: Date;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  readonly log?: Log;
}

/** An old key is accepted for an hour after its successor took over: longer than any token may live. */
const KEY_OVERLAP_IN_SECONDS = 3700;
/** A new key is published this long before it signs: twice what verifiers usually cache a key set for. */
const KEY_PUBLISH_LEAD_IN_SECONDS = 1200;

/** Composes the service. Migrations are applied, keys are loaded and what is remembered is filled when this resolves. */
export async function createContainer(
  environment: Environment,
  options: ContainerOptions,
): Promise<Container> {
  const { clock = systemClock, random = systemRandom } = options;
  const log = options.log ?? createLog(environment.logLevel);
  makeFolder(environment.dataDir, "DATA_DIR");
  makeFolder(path.dirname(environment.databaseFile), "DATABASE_URL");
  const secrets = loadSecrets({
    setting: environment.secrets,
    dataDir: environment.dataDir,
    databaseExists: existsSync(environment.databaseFile),
  });
  migrate(environment.databaseFile, options.migrationsDir);
  const database = await openDatabase(environment.databaseFile);
  const events = createMemoryEventBus();
  const deriveKey = (purpose: string) => requireKey(secrets, purpose);

  const audit = new AuditTrail({
    store: createAuditStore(database),
    log: createAuditLog(log),
    clock,
    random,
  });
  const keys = new ServerKeys({
    store: createServerKeyStore(database),
    secrets,
    clock,
    random,
    rotateAfterInSeconds: environment.keyRotationInSeconds,
    publishLeadInSeconds: Math.min(KEY_PUBLISH_LEAD_IN_SECONDS, environment.keyRotationInSeconds / 2),
    overlapInSeconds: KEY_OVERLAP_IN_SECONDS,
  });
  await keys.load();
  const usedProofStore = createUsedProofStore(database);
  const proofs = new ProofVerifier({
    clock,
    origins: ownOrigins(environment.appUrl),
    usedProofs: usedProofStore,
    processStartedAt: options.processStartedAt,
    tellThreadFault: (error) => log.error({ err: error }, "the thread that checks proofs failed"),
  });
  await proofs.load();
  const accessTokens = new AccessTokens({
    keys,
    clock,
    issuer: environment.appUrl.origin,
    lifetimeInSeconds: environment.accessTokenLifetimeInSeconds,
  });
  const sessionStore = createSessionStore(database);
  const clients: Clients = new Clients({
    store: createClientStore(database),
    clock,
    random,
    events,
    audit,
    endSessionsOf: (clientId) => sessions.endAllOfClient(clientId),
  });
  const ticketStore = createTicketStore(database);
  const tickets = new Tickets({ store: ticketStore, clock, random });
  const qrLoginStore = createQrLoginStore(database);
  const qrRows = new QrRows({ store: qrLoginStore, clock, events });
  const sessions: Sessions = new Sessions({
    store: sessionStore,
    accessTokens,
    secrets,
    clock,
    random,
    events,
    audit,
    audienceOf: (clientId) => clients.audienceOf(clientId),
    requiresBinding: environment.requiresBinding,
    async endWhatGoesWith({ id, keyThumbprint }) {
      if (keyThumbprint !== null) await tickets.endAllOfKey(keyThumbprint);
      for (const row of await qrLoginStore.endAllOfSession(id, keyThumbprint, clock.now())) qrRows.tell(row);
    },
    refreshLimiter: createMemoryRateLimiter({ points: environment.refreshesPerMinute, windowInSeconds: 60 }),
    reuseIntervalInSeconds: environment.refreshReuseIntervalInSeconds,
    lifetimes: {
      password: {
        idleInSeconds: environment.refreshIdleLifetimeInSeconds,
        absoluteInSeconds: environment.refreshAbsoluteLifetimeInSeconds,
      },
      approved: {
        idleInSeconds: environment.qrRefreshIdleLifetimeInSeconds,
        absoluteInSeconds: environment.qrRefreshAbsoluteLifetimeInSeconds,
      },
    },
  });
  const hasher = createPasswordHasher();
  const throttleStore = createThrottleStore(database);
  const throttle = new SignInThrottle({ store: throttleStore, clock, key: deriveKey("throttle") });
  const knownDevices = createKnownDeviceStore(database);
  const accounts = new Accounts({
    store: createAccountStore(database),
    hasher,
    sessions,
    audit,
    clock,
    random,
    passwordMinLength: environment.passwordMinLength,
    serviceWords: [
      "countersign",
      ...environment.appUrl.hostname.split(".").filter((word) => word.length > 3),
    ],
    forgetFailures: (usernameKey) => throttle.forget(usernameKey),
    forgetDevices: (userId, exceptKeyThumbprint) => knownDevices.forgetAllOf(userId, exceptKeyThumbprint),
  });
  const captchaThread = new CaptchaThread({ file: options.captchaWorkerFile, random, log });
  const captcha = new CaptchaStep({
    store: ticketStore,
    clock,
    random,
    key: deriveKey("captcha"),
    drawCaptcha: () => captchaThread.draw(),
    drawLimiter: createMemoryRateLimiter({ points: environment.captchaDrawsPerMinute, windowInSeconds: 60 }),
  });
  const perQuarterHour = () =>
    createMemoryRateLimiter({ points: environment.addressFailuresPerQuarterHour, windowInSeconds: 900 });
  const signIn = new SignIn({
    tickets,
    captcha,
    captchaMode: environment.captchaMode,
    keys,
    accounts,
    hasher,
    throttle,
    knownDevices,
    sessions,
    audit,
    clock,
    addressAttempts: perQuarterHour(),
    addressFailures: perQuarterHour(),
    ticketLimiter: createMemoryRateLimiter({ points: environment.ticketsPerMinute, windowInSeconds: 60 }),
  });
  const qr = composeQr({
    environment,
    events,
    store: qrLoginStore,
    rows: qrRows,
    accounts,
    sessions,
    isRegisteredSince: (clientId, then) => clients.isRegisteredSince(clientId, then),
    audit,
    clock,
    random,
    key: deriveKey("qr-login"),
  });

  const stopping = new AbortController();
  stopping.signal.addEventListener("abort", () => qr.qrWatch.close(), { once: true });
  const stops = [
    watchForeignCommits(database, events),
    startHousekeeping({
      keys,
      events,
      clock,
      log,
      sessionStore,
      ticketStore,
      qrLoginStore,
      throttleStore,
      usedProofStore,
      audit,
    }),
  ];
  return {
    environment,
    origins: ownOrigins(environment.appUrl),
    clock,
    events,
    secrets,
    log,
    keys,
    accessTokens,
    proofs,
    sessions,
    accounts,
    setupLink: new SetupLink({ store: createSetupLinkStore(database), accounts, audit, clock, random }),
    signIn,
    captcha,
    clients,
    dpopNonces: new DpopNonces({ key: deriveKey("dpop-nonce"), clock }),
    ...qr,
    audit,
    stopping: stopping.signal,
    endStreams: () => stopping.abort(),
    async close() {
      stopping.abort();
      for (const stop of stops) stop();
      captchaThread.close();
      proofs.close();
      await database.$disconnect();
    },
  };
}

function migrate(databaseFile: string, migrationsDir: string): void {
  const database = openSqlite(databaseFile);
  try {
    applyMigrations({ database, migrationsDir });
  } finally {
    database.close();
  }
}

function requireKey(secrets: SecretRing, purpose: string): Buffer {
  const key = secrets.derive(secrets.currentId, purpose);
  if (!key) throw new Error("the current secret is missing");
  return key;
}

/** Where a bundled server or the sources find the migrations. */
export function migrationsDirOf(projectRoot: string): string {
  return path.join(projectRoot, "prisma", "migrations");
}
