import { errors } from "jose";
import { LRUCache } from "lru-cache";
import { FIRST_PARTY_CLIENT_ID, ME_SCOPE } from "../../contract/first-party";
import { DomainError } from "../domain-error";
import type { Clock, EventBus } from "../ports";
import { hashSecret, secretsEqual } from "../secret-hash";
import type { ClientRecord, ClientStore, ClientUse, TokenReach } from "./client";
import type { ClientAssertions } from "./client-assertions";

const FIRST_PARTY_CLIENT_NAME = "Countersign";
const USE_NOTED_EVERY_MS = 60_000;

/** How a request says which client it comes from. */
export interface ClientCredentials {
  readonly id: string;
  readonly secret?: string | undefined;
  /** A JWT that the client signed (RFC 7523 section 2.2). */
  readonly assertion?: string | undefined;
}

export interface ClientsOptions {
  /** Whether a client may be remembered once read: not where others may remove it unseen. */
  readonly remembers: boolean;
  /** The service's own address, as `aud` has it. */
  readonly issuer: string;
  readonly store: ClientStore;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly assertions: ClientAssertions;
}

/** The registered clients. There are few, and each is remembered once read. */
export class Clients {
  readonly #options: ClientsOptions;
  readonly #remembered = new Map<string, ClientRecord>();
  readonly #usesNoted = new LRUCache<string, Date>({ max: 1000 });
  /** Counts forgettings: what was read before one must not be remembered after it. */
  #epoch = 0;

  constructor(options: ClientsOptions) {
    this.#options = options;
    options.events.subscribe((event) => {
      if (event.type === "gap") this.forget();
    });
  }

  list(): Promise<ClientRecord[]> {
    return this.#options.store.list();
  }

  /** How much of each is in use. One without a live session is not in it. */
  async listUse(): Promise<ReadonlyMap<string, ClientUse>> {
    const { store, clock } = this.#options;
    const uses = await store.listUse(clock.now());
    return new Map(uses.map((use) => [use.clientId, use]));
  }

  /** Writes down that it is in use: once a minute in each process at the most, and never to the harm of the call. */
  async noteUse(id: string): Promise<void> {
    if (id === FIRST_PARTY_CLIENT_ID) return;
    const { store, clock } = this.#options;
    const now = clock.now();
    const ageInMs = now.getTime() - (this.#usesNoted.get(id)?.getTime() ?? Number.NEGATIVE_INFINITY);
    // A clock that was ahead and is set right counts as long ago.
    if (ageInMs >= 0 && ageInMs < USE_NOTED_EVERY_MS) return;
    this.#usesNoted.set(id, now);
    await store.noteUse(id, now).catch(() => undefined);
  }

  async find(id: string): Promise<ClientRecord | undefined> {
    const remembered = this.#remembered.get(id);
    if (remembered) return remembered;
    const epoch = this.#epoch;
    const client = await this.#options.store.find(id);
    if (client && this.#options.remembers && epoch === this.#epoch) this.#remembered.set(id, client);
    return client;
  }

  /**
   * Whether it is registered and was then, without a removal in between: another one of the same id is another client.
   * Never from memory: another process may have removed it a moment ago.
   */
  async isRegisteredSince(id: string, then: Date): Promise<boolean> {
    if (id === FIRST_PARTY_CLIENT_ID) return true;
    const client = await this.#options.store.find(id);
    return client !== undefined && client.createdAt <= then;
  }

  /**
   * The client that a page says it is. A public client has nothing to prove that with, so it is bound to the origins of its
   * pages, which browsers name and pages cannot change: a page can name no other application than its own.
   *
   * @param origin as the browser sent it; null from a program that is no browser
   * @throws DomainError `invalid_client` that says which of the two is wrong
   */
  async requireApplication(id: string, origin: string | null): Promise<ClientRecord> {
    const client = await this.find(id);
    if (!client || client.origins.length === 0)
      throw new DomainError("invalid_client", {
        field: "client_id",
        message:
          "No client with this id is registered for pages. The operator registers it with its origins.",
      });
    if (origin === null || !client.origins.includes(origin))
      throw new DomainError("invalid_client", {
        field: "client_id",
        message: "This client is not registered for the origin of this page. The operator can register it.",
      });
    return client;
  }

  /** What the approving user is shown. */
  async nameOf(id: string): Promise<string> {
    if (id === FIRST_PARTY_CLIENT_ID) return FIRST_PARTY_CLIENT_NAME;
    return (await this.find(id))?.name ?? id;
  }

  /**
   * Our own tokens are for us and not limited. A registered client's are for the audience it named, which limits them by
   * itself, or else for us and for `me` alone.
   */
  async reachOf(id: string): Promise<TokenReach> {
    if (id === FIRST_PARTY_CLIENT_ID) return { audience: null, scope: null };
    const audience = (await this.find(id))?.audience ?? null;
    return this.isOurs(audience) ? { audience: null, scope: ME_SCOPE } : { audience, scope: null };
  }

  /** Whether the client is the audience that is named in a token; null there is ours, which a client has only by naming us. */
  isAudience(client: ClientRecord, audience: string | null): boolean {
    if (client.audience === null) return false;
    return audience === null ? this.isOurs(client.audience) : client.audience === audience;
  }

  /**
   * What a token without a person behind it is limited to: all scopes of the client, or those of them that were asked for.
   *
   * @returns null for a client that has no scopes: its audience alone is the limit
   * @throws DomainError `invalid_scope` when it asked for some and has none of them
   */
  scopeOf({ scopes }: ClientRecord, asked: readonly string[]): string | null {
    const given = asked.length === 0 ? scopes : scopes.filter((scope) => asked.includes(scope));
    if (given.length === 0 && asked.length > 0) throw new DomainError("invalid_scope");
    return given.length === 0 ? null : given.join(" ");
  }

  /**
   * RFC 6749 section 2.3: a confidential client shows its secret or signs an assertion, whichever it is registered with; a
   * public one has neither.
   *
   * @throws DomainError `invalid_client`, the same for an unknown id, whatever is wrong, and one too many or too few
   */
  async authenticate(credentials: ClientCredentials): Promise<ClientRecord> {
    const client = await this.find(credentials.id);
    if (!client || !(await this.#isAuthentic(client, credentials))) throw new DomainError("invalid_client");
    return client;
  }

  async #isAuthentic(
    { id, jwks, secretHash }: ClientRecord,
    { secret, assertion }: ClientCredentials,
  ): Promise<boolean> {
    if (jwks !== null) {
      if (assertion === undefined || secret !== undefined) return false;
      await this.#options.assertions.verify(assertion, id, jwks).catch((cause: unknown) => {
        if (!(cause instanceof errors.JOSEError)) throw cause;
        throw new DomainError("invalid_client", {}, { cause });
      });
      return true;
    }
    if (assertion !== undefined) return false;
    return secretHash === null
      ? secret === undefined
      : secret !== undefined && secretsEqual(hashSecret(secret), secretHash);
  }

  /** Whether tokens for this audience are for the service itself. */
  isOurs(audience: string | null): boolean {
    return audience === null || audience === this.#options.issuer;
  }

  /** What is remembered is not so any more: for who changes a client. */
  forget(): void {
    this.#epoch += 1;
    this.#remembered.clear();
  }
}
