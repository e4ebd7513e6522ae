import { randomUUID } from "node:crypto";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { type ErrorCode, errorTable } from "../../../src/contract/errors";
import type { LiveEvent } from "../../../src/contract/schemas";
import { fetchWithCookie } from "./cookie-jar";
import { FakeCredentials } from "./fake-credentials";
import { createFakeRouter, type FakeContext, type FakeSession, Refusal } from "./fake-router";
import { FakeStreams } from "./fake-streams";
import { type Fault, faultResponse } from "./faults";
import { type CheckedProof, ProofCheck } from "./proof-check";

export type { FakeRouter } from "./fake-router";

/** A service of the protocol in memory: real tRPC, real proofs, tokens that are only names in a table. */
export class FakeService {
  readonly url = "http://service.test";
  readonly calls: number[] = [];
  readonly requests: string[] = [];
  readonly streamStarts: { readonly accessToken: string | undefined; readonly sessionId: string }[] = [];
  refreshes = 0;
  /** The one that the latest refresh was asked for with. */
  lastRefreshToken: string | undefined;
  tickets = 0;
  logouts = 0;
  stepUps = 0;
  /** What `guarded` asks for; a step-up by the right password ends it. */
  stepUpWanted: Record<string, unknown> | undefined;
  accessLifeInSeconds = 300;
  /** The server's clock against the machine's. */
  clockOffsetInSeconds = 0;
  refreshFault: Fault;
  streamFault: Fault;
  /** What the next streams are refused with, by the HTTP status. */
  readonly streamRefusals: ErrorCode[] = [];
  refreshDelayInMs = 5;
  /** Happens while a refresh is on its way. */
  beforeRefresh: (() => Promise<void>) | undefined;
  /** Happens while a sign-out is on its way. */
  beforeLogout: (() => Promise<void>) | undefined;
  captchaRequired = false;
  /** The username of everybody who signs in. */
  username = "ada";
  roles: readonly string[] = ["user"];
  password = "velvet quarry lamp seventeen";
  refuseAllTokens = false;
  refuseAllProofs = false;
  loginRefusal:
    | { code: ErrorCode; extra?: Record<string, unknown>; headers?: Record<string, string> }
    | undefined;
  readonly #held: Request[] = [];
  readonly #sessions = new Map<string, FakeSession>();
  readonly #accessTokens = new Map<string, { sessionId: string; expiresAtInMs: number }>();
  readonly #refreshTokens = new Map<string, string>();
  readonly #tickets = new Map<string, string>();
  readonly #proofs = new ProofCheck();
  readonly #streams = new FakeStreams();
  readonly #router = createFakeRouter(this, this.#streams);
  readonly #credentials = new FakeCredentials();

  get openStreams(): number {
    return this.#streams.open;
  }

  get liveSessions(): number {
    return [...this.#sessions.values()].filter(({ ended }) => !ended).length;
  }

  isLive(sessionId: string | undefined): boolean {
    return this.#sessions.get(sessionId ?? "")?.ended === false;
  }

  get nowInSeconds(): number {
    return Date.now() / 1000 + this.clockOffsetInSeconds;
  }

  expireAccessTokens(): void {
    for (const token of this.#accessTokens.values()) token.expiresAtInMs = 0;
  }

  endSessions(): void {
    for (const session of this.#sessions.values()) session.ended = true;
  }

  /** Keeps refreshes from being answered. @returns how to let them go */
  holdRefreshes(): () => void {
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    this.beforeRefresh = () => held;
    return letGo;
  }

  /** Cuts the streams as a broken network does. */
  dropStreams(): void {
    this.#streams.cut();
  }

  push(event: LiveEvent): void {
    this.#streams.push(event);
  }

  /** A browser: one cookie jar. Its fetch is what its tabs use. */
  browser() {
    return { fetch: fetchWithCookie((request) => this.handle(request)) };
  }

  async handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.requests.push(pathname);
    try {
      if (pathname.startsWith("/api/trpc/")) return await this.#trpc(request);
      return await this.#plain(request, pathname);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return Response.json(
        { error: error.code, error_description: errorTable[error.code].message, ...error.extra },
        { status: errorTable[error.code].httpStatus, headers: this.loginRefusal?.headers ?? {} },
      );
    }
  }

  async #plain(request: Request, pathname: string): Promise<Response> {
    if (pathname === "/api/auth/refresh-token") {
      this.refreshes += 1;
      if (this.refreshDelayInMs > 0)
        await new Promise((resolve) => setTimeout(resolve, this.refreshDelayInMs));
      await this.beforeRefresh?.();
      const fault = faultResponse(this.refreshFault);
      if (fault) return fault;
    }
    const { proof, accessToken } = await this.#readProof(request);
    switch (pathname) {
      case "/api/auth/get_t":
        return this.#ticket(proof);
      case "/api/auth/login":
        return this.#login((await request.json()) as Record<string, string>, proof);
      case "/api/auth/refresh-token":
        return this.#refresh(request, proof);
      case "/api/auth/second-factor":
        return this.#secondFactor(request, proof);
      case "/api/auth/step-up":
        return this.#stepUp(request);
      case "/api/auth/logout":
        return this.#logout(request, proof, accessToken);
      default:
        throw new Refusal("not_found");
    }
  }

  async #readProof(request: Request) {
    const [scheme, token] = request.headers.get("Authorization")?.split(" ") ?? [];
    const accessToken = scheme === "DPoP" ? token : undefined;
    try {
      if (this.refuseAllProofs) throw new Error("all are");
      return { proof: await this.#proofs.check(request, this.nowInSeconds, accessToken), accessToken };
    } catch (error) {
      const why = error instanceof Error ? error.message : "";
      throw new Refusal("invalid_dpop_proof", { server_time: Math.floor(this.nowInSeconds), why });
    }
  }

  async #ticket(proof: CheckedProof): Promise<Response> {
    this.tickets += 1;
    const ticket = randomUUID();
    this.#tickets.set(ticket, proof.thumbprint);
    return Response.json({
      t: ticket,
      expires_in: 120,
      encryption_jwk: await this.#credentials.publicJwk(),
      captcha: { required: this.captchaRequired, id: `captcha-of-${ticket}`, kinds: ["image"] },
    });
  }

  async #login(body: Record<string, string>, proof: CheckedProof): Promise<Response> {
    if (this.loginRefusal) throw new Refusal(this.loginRefusal.code, this.loginRefusal.extra);
    if (this.#tickets.get(body.t ?? "") !== proof.thumbprint) throw new Refusal("invalid_ticket");
    const credentials = await this.#credentials.open(body.credentials ?? "");
    this.#tickets.delete(body.t ?? "");
    if (credentials.t !== body.t) throw new Refusal("invalid_ticket");
    if (credentials.password !== this.password) throw new Refusal("invalid_credentials");
    const session = { id: randomUUID(), thumbprint: proof.thumbprint, ended: false, counter: 0 };
    this.#sessions.set(session.id, session);
    return this.#issue(session, body.delivery === "cookie");
  }

  async #refresh(request: Request, proof: CheckedProof): Promise<Response> {
    const body = (await request.json()) as { refresh_token?: string };
    const cookie = request.headers.get("Cookie") ?? undefined;
    this.lastRefreshToken = body.refresh_token ?? cookie;
    const session = this.#sessions.get(this.#refreshTokens.get(this.lastRefreshToken ?? "") ?? "");
    if (!session) throw new Refusal("invalid_token");
    if (session.ended) throw new Refusal("session_revoked");
    if (session.thumbprint !== proof.thumbprint) throw new Refusal("device_mismatch");
    return this.#issue(session, body.refresh_token === undefined);
  }

  async #logout(request: Request, proof: CheckedProof, accessToken: string | undefined): Promise<Response> {
    await this.beforeLogout?.();
    const body = (await request.json()) as { refresh_token?: string };
    const credential = body.refresh_token ?? request.headers.get("Cookie") ?? "";
    const access = this.#accessTokens.get(accessToken ?? "");
    if (accessToken && (!access || access.expiresAtInMs < Date.now())) throw new Refusal("token_expired");
    const session = this.#sessions.get(access?.sessionId ?? this.#refreshTokens.get(credential) ?? "");
    if (!session) throw new Refusal("invalid_token");
    if (session.thumbprint !== proof.thumbprint) throw new Refusal("device_mismatch");
    this.logouts += 1;
    session.ended = true;
    return new Response(null, { status: 204, headers: { "Set-Cookie": "" } });
  }

  /** One code is right. */
  async #secondFactor(request: Request, proof: CheckedProof): Promise<Response> {
    const { code } = (await request.json()) as { code?: string };
    if (code !== "123456") throw new Refusal("invalid_code", { attempts_left: 4 });
    const session = { id: randomUUID(), thumbprint: proof.thumbprint, ended: false, counter: 0 };
    this.#sessions.set(session.id, session);
    return this.#issue(session, false);
  }

  async #stepUp(request: Request): Promise<Response> {
    const body = (await request.clone().json()) as Record<string, string>;
    // Its proof was looked at already, and serves once: only the token is left.
    const access = this.#accessTokens.get(request.headers.get("Authorization")?.split(" ")[1] ?? "");
    if (!access || access.expiresAtInMs < Date.now()) throw new Refusal("token_expired");
    this.stepUps += 1;
    if (!this.#tickets.delete(body.t ?? "")) throw new Refusal("invalid_ticket");
    const { password } = await this.#credentials.open(body.credentials ?? "");
    if (password !== this.password) throw new Refusal("invalid_credentials");
    this.stepUpWanted = undefined;
    return Response.json({ expires_in: 600 });
  }

  #issue(session: FakeSession, inCookie: boolean): Response {
    session.counter += 1;
    const accessToken = `at-${session.counter}-${randomUUID()}`;
    const refreshToken = `rt-${session.counter}-${randomUUID()}`;
    const expiresAtInMs = Date.now() + this.accessLifeInSeconds * 1000;
    this.#accessTokens.set(accessToken, { sessionId: session.id, expiresAtInMs });
    this.#refreshTokens.set(refreshToken, session.id);
    return Response.json(
      {
        access_token: accessToken,
        token_type: "DPoP",
        expires_in: this.accessLifeInSeconds,
        ...(inCookie ? {} : { refresh_token: refreshToken }),
        refresh_token_expires_in: 604_800,
        session_id: session.id,
      },
      { headers: inCookie ? { "Set-Cookie": refreshToken } : {} },
    );
  }

  async #trpc(request: Request): Promise<Response> {
    const isStream = request.headers.get("Accept") === "text/event-stream";
    const fault = isStream ? faultResponse(this.streamFault) : undefined;
    if (fault) return fault;
    const refusal = isStream ? this.streamRefusals.shift() : undefined;
    if (refusal) throw new Refusal(refusal);
    const cut = new AbortController();
    const cuttable = new Request(request, { signal: AbortSignal.any([request.signal, cut.signal]) });
    // A signal that follows another one is let go of when nobody holds it, and then never aborts.
    this.#held.push(request, cuttable);
    const response = await fetchRequestHandler({
      endpoint: "/api/trpc",
      req: cuttable,
      router: this.#router,
      maxBatchSize: 25,
      createContext: () => this.#context(request),
    });
    return isStream && response.ok ? this.#streams.droppable(response, cut) : response;
  }

  async #context(request: Request): Promise<FakeContext> {
    // A refusal is that of the protected procedures only: open ones in the same batch go well.
    let checked: { proof: CheckedProof; accessToken: string | undefined };
    try {
      checked = await this.#readProof(request);
    } catch (error) {
      if (error instanceof Refusal) return { request, session: undefined, refusal: error };
      throw error;
    }
    const access = this.#accessTokens.get(checked.accessToken ?? "");
    const session = this.#sessions.get(access?.sessionId ?? "");
    const refuse = (code: ErrorCode) => ({ request, session: undefined, refusal: new Refusal(code) });
    if (!access || !session || this.refuseAllTokens) return refuse("invalid_token");
    if (session.thumbprint !== checked.proof.thumbprint) return refuse("device_mismatch");
    if (access.expiresAtInMs < Date.now()) return refuse("token_expired");
    if (session.ended) return refuse("session_revoked");
    if (request.headers.get("Accept") === "text/event-stream") {
      this.streamStarts.push({ accessToken: checked.accessToken, sessionId: session.id });
    }
    return { request, session, refusal: undefined };
  }
}
