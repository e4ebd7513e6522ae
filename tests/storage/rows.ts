/** Rows as the domain makes them, with what a test changes in them. */
import type { AccountRecord } from "../../src/modules/accounts";
import type { ClientRecord } from "../../src/modules/clients";
import type { PasskeyRecord } from "../../src/modules/passkeys";
import type { QrLoginRecord } from "../../src/modules/qr-login";
import type { SessionRecord } from "../../src/modules/sessions";
import type { TicketRecord } from "../../src/modules/tickets";
import type { Stores } from "../../src/platform/storage/stores/stores";
import { DAY_IN_MS, later, MINUTE_IN_MS, now } from "./open-storage";

export function account(id: string, changes: Partial<AccountRecord> = {}): AccountRecord {
  return {
    id,
    username: id,
    usernameKey: id,
    displayName: id,
    roles: ["user"],
    passwordHash: "hash",
    passwordChangedAt: now,
    disabledAt: null,
    deletionDueAt: null,
    keepableUntil: null,
    createdAt: now,
    invitationId: null,
    ...changes,
  };
}

export function session(id: string, changes: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id,
    userId: "ada",
    clientId: "countersign",
    applicationId: null,
    scope: "",
    method: "password",
    factors: ["pwd"],
    authenticatedAt: now,
    keyThumbprint: null,
    device: { browser: null, os: null },
    address: null,
    createdAt: now,
    lastActiveAt: now,
    idleLifetimeInSeconds: DAY_IN_MS / 1000,
    idleExpiresAt: later(DAY_IN_MS),
    expiresAt: later(30 * DAY_IN_MS),
    counter: 0,
    supersededAt: "",
    approvedBy: null,
    endedAt: null,
    endReason: null,
    ...changes,
  };
}

export function client(id: string, changes: Partial<ClientRecord> = {}): ClientRecord {
  return {
    id,
    name: `"${id}"`,
    grants: ["device_code", "refresh_token"],
    scopes: [],
    origins: [],
    audience: null,
    requiresBinding: true,
    secretHash: null,
    jwks: null,
    createdAt: now,
    lastUsedAt: null,
    revision: 0,
    ...changes,
  };
}

export function ticket(idHash: string, changes: Partial<TicketRecord> = {}): TicketRecord {
  return {
    idHash,
    keyThumbprint: null,
    createdAt: now,
    expiresAt: later(2 * MINUTE_IN_MS),
    consumedAt: null,
    captchaId: `captcha of ${idHash}`,
    captchaRung: 2,
    captchaPassedRung: 0,
    captchaDraws: 0,
    captchaAnswerHash: null,
    powNonce: null,
    ...changes,
  };
}

export function qrLogin(id: string, changes: Partial<QrLoginRecord> = {}): QrLoginRecord {
  return {
    id,
    deviceCodeHash: `device code of ${id}`,
    userCodeHash: `user code of ${id}`,
    watchTokenHash: `watch token of ${id}`,
    clientId: "countersign",
    applicationId: null,
    scope: "",
    keyThumbprint: null,
    browser: null,
    os: null,
    address: null,
    network: null,
    addressKey: "192.0.2.1",
    createdAt: now,
    expiresAt: later(2 * MINUTE_IN_MS),
    revision: 0,
    changedAt: now,
    status: "pending",
    claimedByUserId: null,
    claimedBySessionId: null,
    claimedByKeyThumbprint: null,
    claimedInitial: null,
    confirmation: null,
    codeEnteredAt: null,
    ticketNumber: 0,
    ticketExpiresAt: null,
    extendedAt: null,
    deniedBecause: null,
    sessionId: null,
    lastPolledAt: null,
    pollIntervalInSeconds: 1,
    ...changes,
  };
}

export function passkey(id: string, userId: string, changes: Partial<PasskeyRecord> = {}): PasskeyRecord {
  return {
    id,
    userId,
    rpId: "localhost",
    name: "Passkey",
    publicKey: "key",
    counter: 0,
    transports: ["internal"],
    aaguid: "00000000-0000-0000-0000-000000000000",
    isBackedUp: false,
    createdAt: now,
    lastUsedAt: null,
    ...changes,
  };
}

/** Sessions belong to accounts: the database refuses one without. */
export async function addAda({ accounts }: Stores): Promise<void> {
  await accounts.insert(account("ada"), "none");
}
