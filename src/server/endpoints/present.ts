/** How the domain's records look on the wire. */
import type { z } from "zod";
import type { emailOutput } from "../../contract/emails";
import type { PasskeyOutput } from "../../contract/passkeys";
import type { MeOutput, Notice, SessionListItem, TokenOutput } from "../../contract/schemas";
import { roleName } from "../../contract/schemas";
import type { TotpOutput } from "../../contract/second-factor";
import { assuranceOf } from "../../modules/assurance";
import { FIRST_PARTY_CLIENT_ID } from "../../modules/clients";
import type { EmailRecord } from "../../modules/emails";
import type { AccountNotice } from "../../modules/notices";
import { type PasskeyRecord, providerOf } from "../../modules/passkeys";
import type { NewTotp } from "../../modules/second-factor";
import { type IssuedTokens, type Principal, type SessionRecord, tellsRoles } from "../../modules/sessions";

export function presentTokens(tokens: IssuedTokens, delivery: "body" | "cookie"): TokenOutput {
  return {
    access_token: tokens.accessToken,
    token_type: tokens.tokenType,
    expires_in: tokens.accessTokenLifetimeInSeconds,
    ...(delivery === "body" ? { refresh_token: tokens.refreshToken } : {}),
    refresh_token_expires_in: tokens.refreshTokenLifetimeInSeconds,
    session_id: tokens.sessionId,
  };
}

export function presentMe({ user, session }: Principal): MeOutput {
  return {
    user: {
      id: user.id,
      username: user.username,
      display_name: user.displayName,
      roles: tellsRoles(session) ? user.roles.map((role) => roleName.parse(role)) : [],
    },
    session: presentSession(session),
  };
}

export function presentPasskey(passkey: PasskeyRecord): PasskeyOutput {
  const provider = providerOf(passkey.aaguid);
  return {
    id: passkey.id,
    name: passkey.name,
    ...(provider === undefined ? {} : { provider }),
    created_at: inSeconds(passkey.createdAt),
    last_used_at: passkey.lastUsedAt && inSeconds(passkey.lastUsedAt),
    backed_up: passkey.isBackedUp,
    transports: [...passkey.transports],
  };
}

export function presentTotp({ secret, uri, expiresInSeconds }: NewTotp): TotpOutput {
  return { secret, otpauth_uri: uri, expires_in: expiresInSeconds };
}

/** The registered client that a session is of, or at whose page it began; null for our own pages. */
export function applicationOf({ applicationId, clientId }: SessionRecord): string | null {
  return applicationId ?? (clientId === FIRST_PARTY_CLIENT_ID ? null : clientId);
}

/** @param application the one that {@link applicationOf} names */
export function presentSessionListItem(
  session: SessionRecord,
  currentId: string,
  application: SessionListItem["application"],
): SessionListItem {
  return {
    ...presentSession(session),
    current: session.id === currentId,
    last_active_at: inSeconds(session.lastActiveAt),
    expires_at: inSeconds(session.expiresAt),
    address: session.address,
    client_id: session.clientId,
    application,
    amr: [...assuranceOf(session.factors).amr],
    approved_by: session.approvedBy,
  };
}

export function presentNotice({ at, session, ...notice }: AccountNotice): Notice {
  return {
    id: notice.id,
    type: notice.type,
    at: inSeconds(at),
    session_id: notice.sessionId,
    session_live: notice.isSessionLive,
    device: session ? presentDevice(session) : null,
    address: notice.address,
  };
}

function presentDevice(session: SessionRecord): NonNullable<Notice["device"]> {
  return { ...session.device, bound: session.keyThumbprint !== null };
}

export function inSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

function presentSession(session: SessionRecord): MeOutput["session"] {
  return {
    id: session.id,
    created_at: inSeconds(session.createdAt),
    method: session.method,
    device: presentDevice(session),
  };
}

export function presentEmail({ address, verifiedAt, createdAt }: EmailRecord): z.output<typeof emailOutput> {
  return { address, verified: verifiedAt !== null, since: inSeconds(verifiedAt ?? createdAt) };
}
