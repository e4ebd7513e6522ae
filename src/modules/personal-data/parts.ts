/** One table of what is stored about somebody: what of it they get, and what not, and why. */
export interface Part {
  readonly table: string;
  readonly columns: readonly string[];
  readonly leftOut: Readonly<Record<string, string>>;
}

const THEIRS = "says whose row it is, which all of them are";
const HASH = "a hash of a secret";
const BOOKKEEPING = "says how tokens are renewed, and nothing of the person";
const KEY = "the fingerprint of a key of the device";
const PASSING = "is gone within minutes";

/** By its name in the export. A new column is named in one of both, or a test fails. */
export const parts = {
  account: {
    table: "User",
    columns: [
      ...["id", "username", "displayName", "roles", "passwordChangedAt", "createdAt", "invitationId"],
    ],
    leftOut: {
      usernameKey: "the username once more, in the form that is compared",
      passwordHash: HASH,
      ownerSeat: "says that it was the first account",
      disabledAt: "nobody can export a closed account",
      resetTokenHash: HASH,
      resetExpiresAt: PASSING,
      resetIssuedBy: "somebody else's account",
      deletionDueAt: "nobody can export a closed account",
      keepableUntil: "nobody can export a closed account",
    },
  },
  mail_addresses: {
    table: "EmailAddress",
    columns: ["address", "locale", "createdAt", "verifiedAt"],
    leftOut: {
      userId: THEIRS,
      key: "the address once more, in the form that is compared",
      verifiedKey: "the address once more, in the form that is compared",
      codeHash: HASH,
      codeTries: PASSING,
      codeExpiresAt: PASSING,
    },
  },
  passkeys: {
    table: "Passkey",
    columns: ["id", "name", "rpId", "transports", "aaguid", "isBackedUp", "createdAt", "lastUsedAt"],
    leftOut: { userId: THEIRS, publicKey: "of use to nobody but the service", counter: BOOKKEEPING },
  },
  second_factor: {
    table: "SecondFactor",
    columns: ["totpSince"],
    leftOut: {
      userId: THEIRS,
      totpSecret: "a secret",
      totpLastStep: BOOKKEEPING,
      pendingSecret: "a secret",
      pendingFor: PASSING,
      pendingExpiresAt: PASSING,
      recoveryCodes: HASH,
    },
  },
  sessions: {
    table: "Session",
    columns: [
      ...["id", "clientId", "applicationId", "scope", "method", "factors", "authenticatedAt"],
      ...["deviceBrowser", "deviceOs", "address", "createdAt", "lastActiveAt", "expiresAt"],
      ...["approvedBy", "endedAt", "endReason"],
    ],
    leftOut: {
      userId: THEIRS,
      keyThumbprint: KEY,
      idleLifetimeInSeconds: BOOKKEEPING,
      idleExpiresAt: BOOKKEEPING,
      expiryDueAt: BOOKKEEPING,
      counter: BOOKKEEPING,
      supersededAt: BOOKKEEPING,
      generation: BOOKKEEPING,
    },
  },
  known_devices: {
    table: "KnownDevice",
    columns: ["createdAt", "lastSignInAt"],
    leftOut: { userId: THEIRS, keyThumbprint: KEY },
  },
  scanned_codes: {
    table: "QrLogin",
    columns: [
      ...["id", "clientId", "applicationId", "scope", "browser", "os", "address", "createdAt"],
      ...["changedAt", "expiresAt", "status", "deniedBecause", "claimedBySessionId", "sessionId"],
    ],
    leftOut: {
      deviceCodeHash: HASH,
      userCodeHash: HASH,
      watchTokenHash: HASH,
      keyThumbprint: KEY,
      network: "the address once more, where it says who is near whom",
      addressKey: "the address once more, in the form that is counted",
      revision: BOOKKEEPING,
      claimedByUserId: THEIRS,
      claimedByKeyThumbprint: KEY,
      claimedInitial: "the first letter of the display name",
      confirmation: PASSING,
      codeEnteredAt: PASSING,
      ticketNumber: PASSING,
      ticketExpiresAt: PASSING,
      extendedAt: PASSING,
      lastPolledAt: PASSING,
      pollIntervalInSeconds: PASSING,
    },
  },
  invitations: {
    table: "Invitation",
    columns: ["id", "roles", "uses", "createdAt", "expiresAt", "revokedAt", "locale"],
    leftOut: {
      codeHash: HASH,
      createdBy: THEIRS,
      email: "somebody else's address",
      emailKey: "somebody else's address",
    },
  },
  notices_put_away: {
    table: "AcknowledgedNotice",
    columns: ["noticeId", "acknowledgedAt"],
    leftOut: { userId: THEIRS },
  },
  events: {
    table: "AuditEvent",
    columns: ["id", "at", "type", "sessionId", "address", "detail"],
    leftOut: { userId: THEIRS, actorId: "somebody else's account" },
  },
  acts_on_others: {
    table: "AuditEvent",
    columns: ["id", "at", "type", "address"],
    leftOut: {
      userId: "somebody else's account",
      sessionId: "somebody else's session",
      detail: "is about somebody else",
      actorId: THEIRS,
    },
  },
} as const satisfies Readonly<Record<string, Part>>;

export type PartName = keyof typeof parts;

/** Tables of which nobody gets anything, and why. A new table is named here or above, or a test fails. */
export const leftOutTables: Readonly<Record<string, string>> = {
  Ticket: "is of a key and of nobody, and gone within minutes",
  SignInThrottle: "counts by keyed hashes: nobody can say whose a count is",
  UsedProof: "digests of proofs, which name nobody",
  SiteCode: "gone within minutes",
  ServerKey: "the service's own",
  SetupLink: "the service's own",
  Installation: "the service's own",
  OAuthClient: "registered programs",
  PasskeyChallenge: "gone within minutes",
  SecondFactorChallenge: "gone within minutes",
  MailRecovery: "gone within minutes",
  SignUpRequest: "is nobody's yet, and gone within minutes",
  OutgoingMail: "gone when it is sent; its text is encrypted, and may hold a code",
};
