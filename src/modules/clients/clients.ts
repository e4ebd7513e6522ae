import { errors } from "jose";
import { FIRST_PARTY_CLIENT_ID, ME_SCOPE } from "../../contract/first-party";
import type { AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { Clock, EventBus, RandomSource } from "../ports";
import { hashSecret, newSecret, secretsEqual } from "../secret-hash";
import type { ClientRecord, ClientStore, TokenReach } from "./client";
import type { ClientAssertions } from "./client-assertions";
import { type NewClient, requireFitting } from "./new-client";

const FIRST_PARTY_CLIENT_NAME = "Countersign";

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
  readonly random: RandomSource;
  readonly events: EventBus;
  readonly audit: AuditTrail;
  readonly assertions: ClientAssertions;
  /** Ends all sessions that the client holds. */
  readonly endSessionsOf: (clientId: string) => Promise<number>;
}

/** The registered clients. There are few, and each is remembered once read. */
export class Clients {
  readonly #options: ClientsOptions;
  readonly #remembered = new Map<string, ClientRecord>();
  /** Counts forgettings: what was read before one must not be remembered after it. */
  #epoch = 0;

  constructor(options: ClientsOptions) {
    this.#options = options;
    options.events.subscribe((event) => {
      if (event.type === "gap") this.#forget();
    });
  }

  /**
   * @returns the client's secret, which is shown this once and stored hashed; null for a client that has none
   * @throws DomainError `invalid_request` that names the field
   */
  async add(input: NewClient): Promise<string | null> {
    const { store, clock, random, audit } = this.#options;
    requireFitting(input, (audience) => this.#isOurs(audience));
    const hasSecret = input.kind === "confidential" && input.jwks === undefined;
    const secret = hasSecret ? newSecret(random) : null;
    const client: ClientRecord = {
      id: input.id,
      name: input.name.trim(),
      grants: input.grants,
      audience: input.audience,
      requiresBinding: input.requiresBinding,
      secretHash: secret === null ? null : hashSecret(secret),
      jwks: input.jwks ?? null,
      scopes: [...new Set(input.scopes)],
      origins: [...new Set(input.origins)],
      createdAt: clock.now(),
    };
    if (!(await store.insert(client)))
      throw new DomainError("invalid_request", {
        field: "id",
        message: "There is already a client with this id. Please choose another.",
      });
    await audit.record({
      type: "client_added",
      actorId: "operator",
      detail: {
        ...{ client: client.id, client_name: client.name, kind: input.kind },
        ...{ grants: client.grants.join(" "), scopes: client.scopes.join(" ") },
        ...{ audience: client.audience, origins: client.origins.join(" ") },
      },
    });
    return secret;
  }

  list(): Promise<ClientRecord[]> {
    return this.#options.store.list();
  }

  /**
   * Removes the client and ends its sessions; done again, it ends those that an interrupted removal left.
   *
   * @returns how many those were
   * @throws DomainError `not_found`
   */
  async remove(id: string): Promise<number> {
    // First the client, then its sessions: the other order would leave a moment for a new one.
    const wasThere = await this.#options.store.delete(id);
    this.#forget();
    const ended = id === FIRST_PARTY_CLIENT_ID ? 0 : await this.#options.endSessionsOf(id);
    if (!wasThere && ended === 0) throw new DomainError("not_found", { message: "There is no such client." });
    const detail = { client: id, sessions: ended };
    await this.#options.audit.record({ type: "client_removed", actorId: "operator", detail });
    return ended;
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
    return this.#isOurs(audience) ? { audience: null, scope: ME_SCOPE } : { audience, scope: null };
  }

  /** Whether the client is the audience that is named in a token; null there is ours, which a client has only by naming us. */
  isAudience(client: ClientRecord, audience: string | null): boolean {
    if (client.audience === null) return false;
    return audience === null ? this.#isOurs(client.audience) : client.audience === audience;
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

  #isOurs(audience: string | null): boolean {
    return audience === null || audience === this.#options.issuer;
  }

  #forget(): void {
    this.#epoch += 1;
    this.#remembered.clear();
  }
}
