import { setMaxListeners } from "node:events";
import path from "node:path";
import { ownOrigins } from "../../contract/loopback";
import type { AuditTrail } from "../../modules/audit";
import type { ClientAdministration } from "../../modules/client-administration";
import type { Clients } from "../../modules/clients";
import { sweepKnownDevices } from "../../modules/devices";
import { DomainError } from "../../modules/domain-error";
import type { Emails } from "../../modules/emails";
import { Notices } from "../../modules/notices";
import { type PersonalData, readPersonalData } from "../../modules/personal-data";
import type { AwaitedRows, Clock, EventBus, Lease, SecretRing } from "../../modules/ports";
import { ProtectedSites, SiteCodes } from "../../modules/protected-sites";
import { QrRows } from "../../modules/qr-login";
import type { MailRecovery } from "../../modules/recovery";
import type { Sessions } from "../../modules/sessions";
import { Tickets } from "../../modules/tickets";
import { type AccessTokens, DpopNonces, type ProofVerifier, type ServerKeys } from "../../modules/tokens";
import type { Log } from "../../platform/log/log";
import type { Environment } from "../settings/environment";
import { composeEmails, composeInvitationMails, composeMailRecovery, composeSignUpRequests } from "./emails";
import { EventStreams } from "./event-streams";
import { type FoundationOptions, layFoundation } from "./foundation";
import type { HealthNotice } from "./health";
import { compareHistory, markHistory } from "./history";
import { startHousekeeping } from "./housekeeping";
import { composeMail, type MailParts } from "./mail";
import { occasionally } from "./occasionally";
import { composeQr, type QrParts } from "./qr";
import { requireSameRelyingParty } from "./relying-party";
import { composeSessions } from "./sessions";
import { composeSignIn, type SignInParts } from "./sign-in";
import { composeSystem, type System } from "./system";

/** Everything that is made once in a process. */
export interface Container
  extends QrParts,
    Omit<SignInParts, "captchaThread" | "throttle" | "secondFactorChallenges"> {
  readonly environment: Environment;
  readonly origins: readonly string[];
  readonly clock: Clock;
  readonly events: EventBus;
  readonly awaitedRows: AwaitedRows;
  readonly lease: Lease;
  readonly secrets: SecretRing;
  readonly log: Log;
  /** What the operator should look at; health tells it. */
  healthDetail(): readonly HealthNotice[];
  readonly keys: ServerKeys;
  readonly accessTokens: AccessTokens;
  readonly proofs: ProofVerifier;
  readonly sessions: Sessions;
  /** All that is stored about somebody, for them. */
  readPersonalData(userId: string): Promise<PersonalData>;
  readonly clients: Clients;
  readonly clientAdministration: ClientAdministration;
  readonly dpopNonces: DpopNonces;
  readonly protectedSites: ProtectedSites;
  readonly siteCodes: SiteCodes;
  readonly notices: Notices;
  readonly audit: AuditTrail;
  readonly mail: MailParts;
  readonly emails: Emails;
  readonly system: System;
  readonly mailRecovery: MailRecovery;
  /** Names an origin in the log that asked and is not in CORS_ORIGINS, once a minute. */
  noteOrigin(origin: string): void;
  readonly streams: EventStreams;
  /** Long texts by their paths, made once and shared by all answers; they must not be changed. */
  readonly texts: Map<string, Uint8Array>;
  /** Aborted when the process is about to stop: streams end with it. */
  readonly stopping: AbortSignal;
  /** @throws DomainError `temporarily_unavailable` when this instance should get no calls: see {@link leave} */
  requireReady(): Promise<void>;
  /** From now on it says that it is not ready, and answers as before. */
  leave(): void;
  endStreams(): void;
  /**
   * To be awaited before anything is answered: then all that was committed until now is on disk. Undefined when it is already.
   *
   * @throws DomainError `temporarily_unavailable` when the disk refuses
   */
  onDisk(): Promise<void> | undefined;
  /** Lets go of the database; call it when no request runs any more. */
  close(): Promise<void>;
}

export interface ContainerOptions extends FoundationOptions {
  /** Where the bundles of src/platform/threads/*-worker.ts are; without them the event loop does their work. */
  readonly threadsDir?: string;
  /** When this process began; proofs of devices from before are refused. */
  readonly processStartedAt?: Date;
}

/**
 * Composes the service. When this resolves, migrations are applied, and keys and the proofs that were written down are
 * loaded; who is signed in is read as it is asked for.
 *
 * @throws OperatorError for folders, secrets or a database that cannot be used
 */
export async function createContainer(
  environment: Environment,
  options: ContainerOptions,
): Promise<Container> {
  const foundation = await layFoundation(environment, options);
  const { database, stores, keyFor, secrets, clock, random, events, audit, log } = foundation;

  if (!options.isOperator) {
    await requireSameRelyingParty(foundation);
    await compareHistory(foundation);
  }
  const tickets = new Tickets({ store: stores.tickets, clock, random });
  const qrRows = new QrRows({ store: stores.qrLogins, clock, events });
  const { keys, proofs, proofThread, accessTokens, clients, clientAdministration, sessions } =
    await composeSessions(foundation, {
      processStartedAt: options.processStartedAt,
      threadsDir: options.threadsDir,
      async endWhatGoesWith(session) {
        if (session.keyThumbprint !== null) await tickets.endAllOfKey(session.keyThumbprint);
        await qrRows.endAllOfSession(session);
      },
    });
  const mail = composeMail(foundation);
  const emails = composeEmails(foundation, mail);
  const signUpRequests = composeSignUpRequests(foundation, mail, emails);
  const signInParts = composeSignIn(foundation, {
    ...{ sessions, tickets, keys, clients, signUpRequests },
    invitationMails: composeInvitationMails(foundation, mail),
    threadsDir: options.threadsDir,
    mailsOfDeletion: {
      mailsTo: (userId, kind, at) => emails.noticesTo(userId, kind, { at: at.toISOString() }),
      nudge: () => mail.sender?.nudge(),
    },
    noticesTo: (userId, kind) => emails.noticesTo(userId, kind),
  });
  const { accounts, captchaThread, setupLink, throttle, passkeys, secondFactorChallenges } = signInParts;
  const streams = new EventStreams({ max: environment.maxStreams });
  const qr = composeQr(foundation, { rows: qrRows, accounts, sessions, clients, passkeys, streams });

  const notices = new Notices({ store: stores.acknowledgements, audit, sessions, clock, events });
  const mailRecovery = composeMailRecovery(foundation, { ...signInParts, mail, emails });

  const siteCodeLimiter = foundation.limits.byKey("site_codes", environment.siteCodesPerMinute);
  let isLeaving = false;
  const stopping = new AbortController();
  // Each open stream of the typed face listens, and Node would take more than ten for a leak.
  setMaxListeners(0, stopping.signal);
  stopping.signal.addEventListener("abort", () => qr.qrWatch.close(), { once: true });
  const siteCodes = new SiteCodes({ store: stores.siteCodes, clock, random, limiter: siteCodeLimiter });
  const stops = [
    foundation.watchStorage(events),
    startHousekeeping({
      ...foundation,
      lease: foundation.shared.lease,
      everyMinute: {
        "key rotation": () => keys.rotateIfDue(),
        tickets: (now) => tickets.sweep(now),
        "qr-login": (now) => qrRows.sweep(now),
        passkeys: (now) => passkeys.sweep(now),
        "second-factor": (now) => secondFactorChallenges.sweep(now),
        "protected-sites": (now) => siteCodes.sweep(now),
        mail: (now) => mail.sweep(now),
        emails: (now) => emails.sweep(now),
        "sign-up": (now) => signUpRequests.sweep(now),
        recovery: (now) => mailRecovery.sweep(now),
        proofs: (now) => proofs.sweep(now),
        "what is shared": () => foundation.shared.sweep(),
      },
      everyHour: {
        sessions: (now) => sessions.sweep(now),
        throttle: (now) => throttle.sweep(now),
        devices: (now) => sweepKnownDevices(stores.knownDevices, now),
        "authenticator apps": () => signInParts.secondFactors.sealAnew(),
        keys: (now) => keys.sweep(now),
        notices: (now) => notices.sweep(now),
        invitations: (now) => signInParts.invitations.sweep(now),
        deletion: (now) => signInParts.deletion.sweep(now),
        audit: (now) => audit.sweep(now),
        "storage mark": () => markHistory(foundation),
      },
    }),
  ];
  // The operator's command leaves what is due to the service.
  if (!options.isOperator) mail.sender?.start();
  return {
    environment,
    origins: ownOrigins(environment.appUrl),
    clock,
    events,
    awaitedRows: foundation.shared.awaitedRows,
    lease: foundation.shared.lease,
    secrets,
    log,
    healthDetail: () => [
      ...foundation.healthNotices,
      ...(clock.behindByInMs() > 0 ? (["clock_behind"] as const) : []),
    ],
    keys,
    accessTokens,
    proofs,
    sessions,
    ...signInParts,
    clients,
    clientAdministration,
    dpopNonces: new DpopNonces({ key: keyFor("dpop-nonce"), clock }),
    ...qr,
    notices,
    protectedSites: new ProtectedSites(environment.protectedSites),
    siteCodes,
    audit,
    ...{ mail, emails, mailRecovery },
    readPersonalData: (userId) => readPersonalData({ store: stores.personalData, clock }, userId),
    system: composeSystem(foundation, mail, options.migrationsDir),
    noteOrigin: occasionally(clock, 60, (origin: string) =>
      log.warn({ origin: origin.slice(0, 200) }, "an origin asked that is not in CORS_ORIGINS"),
    ),
    streams,
    texts: new Map(),
    stopping: stopping.signal,
    async requireReady() {
      if (isLeaving) throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
      await database.requireAnswer();
    },
    leave() {
      isLeaving = true;
    },
    endStreams() {
      isLeaving = true;
      streams.noteStopping();
      stopping.abort();
    },
    onDisk: () => database.onDisk(),
    async close() {
      stopping.abort();
      for (const stop of stops) stop();
      await mail.sender?.stop();
      await foundation.shared.lease
        .letGo()
        .catch((error: unknown) => log.warn({ err: error }, "the lease stays"));
      // Storage that fails must not hold up the stop: the link ends by itself within the hour.
      await setupLink.withdraw().catch((error: unknown) => log.warn({ err: error }, "the set-up link stays"));
      captchaThread.close();
      proofThread.close();
      // A copy that was made while we ran is another one than what we leave.
      if (!options.isOperator) {
        await markHistory(foundation).catch((error: unknown) =>
          log.warn({ err: error }, "the database was not marked"),
        );
      }
      await database.close();
      log.flush();
    },
  };
}

/** Where a bundled server or the sources find the migrations. */
export function migrationsDirOf(projectRoot: string): string {
  return path.join(projectRoot, "prisma", "migrations");
}
