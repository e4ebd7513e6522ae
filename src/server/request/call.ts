import { FIRST_PARTY_CLIENT_ID } from "../../modules/clients";
import { DomainError } from "../../modules/domain-error";
import type { Principal } from "../../modules/sessions";
import { proofRefusal } from "../../modules/tokens";
import type { Container } from "../composition/container";
import { type FormFields, type FoundToken, findAccessToken } from "./access-token-location";
import { cookiesOf } from "./call-cookies";
import type { Caller, TokenCookies } from "./caller";

/** Where the typed face answers. */
export const TRPC_PATH = "/api/trpc";

/** Which of the three ways in a call came by. */
export type Face = "plain" | "typed" | "oauth";

/** What the transport knows of a request and its headers do not say. */
export interface Transport {
  /** The caller's own address as far as it can be trusted; null when it cannot be known. */
  readonly address: string | null;
  /**
   * The same for saying who is near whom, and for nothing else; null when something in between may hide it, which a caller
   * can feign. Left out, it is the address.
   */
  readonly network?: string | null;
}

/**
 * One HTTP request on either face. It finds the token, verifies the proof (once, however many calls the request holds)
 * and says who calls. This is where every protected call is authorised.
 */
export class Call implements Caller {
  readonly container: Container;
  readonly request: Request;
  readonly url: URL;
  readonly face: Face;
  readonly address: string | null;
  readonly network: string | null;
  readonly userAgent: string | null;
  readonly origin: string | null;
  readonly requestId: string;
  /** Headers to add to the answer. */
  readonly responseHeaders = new Headers();
  readonly tokenCookies: TokenCookies;
  #form: FormFields | undefined;
  #acceptsNonce: ((nonce: string | undefined) => boolean) | undefined;
  #keyThumbprint: Promise<string | null> | undefined;
  #principal: Promise<Principal> | undefined;

  constructor(container: Container, request: Request, transport: Transport) {
    this.container = container;
    this.request = request;
    this.url = new URL(request.url);
    this.face = faceOf(this.url.pathname);
    this.address = transport.address;
    this.network = transport.network === undefined ? transport.address : transport.network;
    this.userAgent = request.headers.get("user-agent");
    this.origin = request.headers.get("origin");
    this.requestId = crypto.randomUUID();
    this.tokenCookies = cookiesOf(this);
  }

  /** Hands over the fields of a form, as the third place where a token may be. */
  lookInForm(form: FormFields | undefined): void {
    this.#form = form;
  }

  findToken(): FoundToken | undefined {
    return findAccessToken(this.request, this.url, this.#form, this.container.environment.allowsUrlTokens);
  }

  /** At the token endpoint: a proof must carry a nonce of ours, and names no access token. */
  requireNonce(accepts: (nonce: string | undefined) => boolean): void {
    this.#acceptsNonce = accepts;
  }

  /** Whether a browser sent this: it says so by headers that pages cannot suppress. */
  isFromBrowser(): boolean {
    return this.request.headers.has("origin") || this.request.headers.has("sec-fetch-site");
  }

  /**
   * @returns the thumbprint of the key that proved this request, null when it carries no proof
   * @throws DomainError `invalid_dpop_proof`; `invalid_request` for a token in two places
   */
  keyThumbprint(): Promise<string | null> {
    this.#keyThumbprint ??= this.#verifyProof();
    return this.#keyThumbprint;
  }

  /** @throws DomainError `invalid_dpop_proof` when a proof is needed and there is none or a bad one */
  async requireKeyThumbprint(): Promise<string> {
    const keyThumbprint = await this.keyThumbprint();
    if (keyThumbprint === null) throw proofRefusal(this.container.clock);
    return keyThumbprint;
  }

  /**
   * Who calls, by an access token that is ours, unexpired, of a live session, and proven by the key it is bound to.
   *
   * @throws DomainError `invalid_token`, `token_expired`, `session_revoked`, `invalid_dpop_proof`, `device_mismatch`
   */
  principal(): Promise<Principal> {
    this.#principal ??= this.#authenticate();
    return this.#principal;
  }

  /** The same, and by one of our own pages or apps: the tokens of registered clients open `me` and nothing else. */
  async firstPartyPrincipal(): Promise<Principal> {
    const principal = await this.principal();
    if (principal.session.clientId !== FIRST_PARTY_CLIENT_ID) throw new DomainError("forbidden");
    return principal;
  }

  async #authenticate(): Promise<Principal> {
    const found = this.findToken();
    if (!found) throw new DomainError("invalid_token");
    const { accessTokens, sessions } = this.container;
    const claims = await accessTokens.verify(found.token);
    if (claims.keyThumbprint === null) {
      // RFC 9449 section 7.1: the scheme says which kind it is. A proof beside an unbound token must still be good.
      if (found.scheme === "DPoP") throw new DomainError("invalid_token");
      await this.keyThumbprint();
    } else {
      if (found.scheme === "Bearer") {
        throw new DomainError("invalid_token", {
          message: "This token works only with the proof of its key.",
          challengeScheme: "DPoP",
        });
      }
      if ((await this.requireKeyThumbprint()) !== claims.keyThumbprint)
        throw new DomainError("device_mismatch");
    }
    const principal = await sessions.findLive(claims.sessionId);
    if (!principal || principal.user.id !== claims.userId) throw new DomainError("session_revoked");
    if (principal.session.keyThumbprint !== claims.keyThumbprint) throw new DomainError("invalid_token");
    return principal;
  }

  async #verifyProof(): Promise<string | null> {
    // Two proofs arrive joined by a comma, which is none of a proof's characters: the verifier refuses them.
    const proof = this.request.headers.get("dpop");
    if (proof === null) return null;
    return this.container.proofs.verify(proof, {
      method: this.request.method,
      path: this.url.pathname,
      // There the Authorization header is the client's.
      accessToken: this.#acceptsNonce ? undefined : this.findToken()?.token,
      acceptsNonce: this.#acceptsNonce,
    });
  }
}

function faceOf(pathname: string): Face {
  if (pathname.startsWith(`${TRPC_PATH}/`)) return "typed";
  return pathname.startsWith("/oauth/") ? "oauth" : "plain";
}
