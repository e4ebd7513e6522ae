import { ownOrigins } from "../../contract/loopback";
import { ClientAdministration } from "../../modules/client-administration";
import { ClientAssertions, Clients } from "../../modules/clients";
import { Sessions } from "../../modules/sessions";
import { AccessTokens, ProofVerifier, ServerKeys } from "../../modules/tokens";
import { ProofThread } from "../../platform/threads/proof-thread";
import { workerFile } from "../../platform/threads/worker-file";
import { explainKeyFault } from "../settings/start-faults";
import type { Foundation } from "./foundation";

/** What a protected call needs: keys, proofs, tokens, whom they are for, and the sessions behind them. */
export interface SessionParts {
  readonly keys: ServerKeys;
  readonly proofs: ProofVerifier;
  readonly proofThread: ProofThread;
  readonly accessTokens: AccessTokens;
  readonly clients: Clients;
  readonly clientAdministration: ClientAdministration;
  readonly sessions: Sessions;
}

export interface SessionPartsOptions {
  /** When this process began; proofs of devices from before are refused. */
  readonly processStartedAt: Date | undefined;
  readonly threadsDir: string | undefined;
  /** Ends what was begun by or for a session that is over. */
  readonly endWhatGoesWith: (session: { id: string; keyThumbprint: string | null }) => Promise<void>;
}

/** An old key is accepted for an hour after its successor took over: longer than any token may live. */
const KEY_OVERLAP_IN_SECONDS = 3700;
/** A new key is published this long before it signs: twice what verifiers usually cache a key set for. */
const KEY_PUBLISH_LEAD_IN_SECONDS = 1200;

/** Each is a row on disk for a while. Beyond this, clients get the time in the answer instead, and correct their clocks by it. */
const PROOFS_AHEAD_PER_MINUTE = 3000;

/**
 * Keys, and the proofs that are remembered, are loaded when this resolves.
 *
 * @throws OperatorError for keys that the secrets do not open
 */
export async function composeSessions(
  foundation: Foundation,
  { processStartedAt, threadsDir, endWhatGoesWith }: SessionPartsOptions,
): Promise<SessionParts> {
  const { environment, stores, history, secrets, clock, random, events, audit, limits, log, healthNotices } =
    foundation;
  const keys = new ServerKeys({
    store: stores.serverKeys,
    secrets,
    clock,
    random,
    rotateAfterInSeconds: environment.keyRotationInSeconds,
    publishLeadInSeconds: Math.min(KEY_PUBLISH_LEAD_IN_SECONDS, environment.keyRotationInSeconds / 2),
    overlapInSeconds: KEY_OVERLAP_IN_SECONDS,
    onRotated: (kid, by) => audit.record({ type: "signing_key_made", actorId: by, detail: { kid } }),
  });
  const proofThread = new ProofThread({
    file: workerFile(threadsDir, "proof"),
    tellFault: (error) => log.error({ err: error }, "the thread that checks proofs failed"),
  });
  const proofs = new ProofVerifier({
    clock,
    origins: ownOrigins(environment.appUrl),
    usedProofs: stores.usedProofs,
    sharedMemory: foundation.shared.proofMemory,
    processStartedAt,
    clockSetByInMs: () => clock.setByInMs(),
    signatures: proofThread,
    aheadLimiter: limits.byKey("proofs_ahead", PROOFS_AHEAD_PER_MINUTE),
  });
  const accessTokens = new AccessTokens({
    keys,
    clock,
    issuer: environment.appUrl.origin,
    lifetimeInSeconds: environment.accessTokenLifetimeInSeconds,
  });
  const issuer = environment.appUrl.origin;
  const clients = new Clients({
    remembers: foundation.tellsOfCommits,
    issuer,
    assertions: new ClientAssertions({ issuer, clock, used: stores.usedProofs }),
    store: stores.clients,
    clock,
    events,
  });
  const clientAdministration = new ClientAdministration({
    store: stores.clients,
    clock,
    random,
    audit,
    isOurs: (audience) => clients.isOurs(audience),
    forget: () => clients.forget(),
    endSessionsOf: (clientId, by) => sessions.endAllOfClient(clientId, by),
  });
  const sessions: Sessions = new Sessions({
    remembers: foundation.tellsOfCommits,
    store: stores.sessions,
    history,
    accessTokens,
    secrets,
    clock,
    random,
    events,
    audit,
    namesUser: (clientId) => environment.namesInTokensOf.includes(clientId),
    reachOf: (clientId) => clients.reachOf(clientId),
    noteUse: (clientId) => clients.noteUse(clientId),
    requiresBinding: environment.requiresBinding,
    endWhatGoesWith,
    onWentBack({ id, from, to }) {
      healthNotices.add("database_put_back");
      log.error(
        { session: id, from, to },
        "a refresh token is newer than the database: an older copy was put in its place",
      );
    },
    refreshLimiter: limits.byKey("refreshes", environment.refreshesPerMinute),
    limitedRefreshAudits: limits.byKey("limited_refresh_audits", 1),
    reuseIntervalInSeconds: environment.refreshReuseIntervalInSeconds,
    lifetimes: {
      proven: {
        idleInSeconds: environment.refreshIdleLifetimeInSeconds,
        absoluteInSeconds: environment.refreshAbsoluteLifetimeInSeconds,
      },
      approved: {
        idleInSeconds: environment.qrRefreshIdleLifetimeInSeconds,
        absoluteInSeconds: environment.qrRefreshAbsoluteLifetimeInSeconds,
      },
    },
  });
  await keys.load().catch((error: unknown) => {
    throw explainKeyFault(error);
  });
  await proofs.load();
  // Another process may have made keys.
  events.subscribe((event) => {
    if (event.type !== "gap" && event.type !== "keys_changed") return;
    keys
      .load()
      .catch((error: unknown) => log.warn({ err: error }, "the keys will be read when they are asked for"));
  });
  return { keys, proofs, proofThread, accessTokens, clients, clientAdministration, sessions };
}
