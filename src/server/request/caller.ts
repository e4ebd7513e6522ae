import type { IssuedTokens, Principal, RequestOrigin } from "../../modules/sessions";
import type { Caller as SignInCaller } from "../../modules/sign-in";

/** How the refresh token of a browser is kept where no script reads it. A caller without cookies has none of it. */
export interface TokenCookies {
  /** @throws DomainError `invalid_request` where cookies cannot be given */
  requireSupport(): void;
  /**
   * @returns the refresh token that the front end sent, when there is one that unseals
   * @throws DomainError `invalid_dpop_proof` when there is one and the call proves no key
   */
  readRefreshToken(): Promise<string | undefined>;
  save(tokens: IssuedTokens): Promise<void>;
  clear(): Promise<void>;
}

/** Who calls an operation, on whichever face: what is known at once, and what is proven when it is asked for. */
export interface Caller {
  /** The caller's own address as far as it can be trusted; null when it cannot be known. */
  readonly address: string | null;
  /** The same for saying who is near whom; null when something in between may hide it. */
  readonly network: string | null;
  readonly userAgent: string | null;
  /** Of the page that calls, as its browser says; null for a program that is no browser. */
  readonly origin: string | null;
  readonly tokenCookies: TokenCookies;
  isFromBrowser(): boolean;
  /**
   * @returns the thumbprint of the key that proved the call, null when it carries no proof
   * @throws DomainError `invalid_dpop_proof`
   */
  keyThumbprint(): Promise<string | null>;
  /** @throws DomainError `invalid_dpop_proof` when there is no proof or a bad one */
  requireKeyThumbprint(): Promise<string>;
  /** @throws DomainError `invalid_token`, `token_expired`, `session_revoked`, `invalid_dpop_proof`, `device_mismatch` */
  principal(): Promise<Principal>;
  /** The same, and `forbidden` for the tokens of registered clients. */
  firstPartyPrincipal(): Promise<Principal>;
}

/** Where the call comes from, for the audit trail. */
export const originOf = ({ address, userAgent }: Caller): RequestOrigin => ({ address, userAgent });

/** The caller as the domain's sign-in knows it. */
export async function callerOf(caller: Caller): Promise<SignInCaller> {
  const { address, userAgent } = caller;
  return { address, userAgent, keyThumbprint: await caller.keyThumbprint() };
}
