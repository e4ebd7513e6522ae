import { type Actor, auditFactsOf, changedMeanwhile, endedBy, type Seen } from "../accounts";
import type { AuditEntry, AuditTrail } from "../audit";
import {
  type ClientGrant,
  type ClientKeys,
  type ClientRecord,
  type ClientStore,
  FIRST_PARTY_CLIENT_ID,
  type NewClient,
  requireFitting,
} from "../clients";
import { DomainError } from "../domain-error";
import type { Clock, RandomSource } from "../ports";
import { hashSecret, newSecret } from "../secret-hash";
import type { EndedBy } from "../sessions";
import { type ChangedMembers, settingsOf } from "./settings";

export interface ClientAdministrationOptions {
  readonly store: ClientStore;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly audit: AuditTrail;
  /** Whether an audience is the service itself. */
  readonly isOurs: (audience: string | null) => boolean;
  /** What is remembered of clients is not so any more. */
  readonly forget: () => void;
  /** Ends all sessions that the client holds, and those that began at its pages. @returns how many */
  readonly endSessionsOf: (clientId: string, by: EndedBy) => Promise<number>;
}

/** What can be changed of a client; what is left out stays. Its kind and its id stay for good. */
export interface ChangedClient {
  readonly name?: string | undefined;
  readonly grants?: readonly ClientGrant[] | undefined;
  readonly audience?: string | null | undefined;
  readonly requiresBinding?: boolean | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly origins?: readonly string[] | undefined;
  readonly jwks?: ClientKeys | undefined;
}

/**
 * What the operator, owners and admins do with clients. Each act is one conditional statement, and leaves one row in the audit
 * trail with what was before and after.
 */
export class ClientAdministration {
  readonly #options: ClientAdministrationOptions;

  constructor(options: ClientAdministrationOptions) {
    this.#options = options;
  }

  /**
   * @returns the client's secret, which is shown this once and stored hashed; null for a client that has none
   * @throws DomainError `invalid_request` that names the field
   */
  async add(input: NewClient, actor: Actor = "operator"): Promise<string | null> {
    const { store, clock, random, isOurs } = this.#options;
    requireFitting(input, isOurs);
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
      lastUsedAt: null,
      revision: 0,
    };
    if (!(await store.insert(client, seenOf(actor)))) {
      if ((await store.find(client.id)) === undefined) throw changedMeanwhile();
      throw new DomainError("invalid_request", {
        field: "id",
        message: "There is already a client with this id. Please choose another.",
      });
    }
    await this.#note("client_added", actor, client, { after: JSON.stringify(settingsOf(client)) });
    return secret;
  }

  /**
   * Changes some of it. Requests from then on go by it; what was issued lives on until it expires.
   *
   * @throws DomainError `not_found`, `invalid_request` that names the field, `temporarily_unavailable` for a change at once
   */
  async change(id: string, changes: ChangedClient, actor: Actor = "operator"): Promise<ClientRecord> {
    const client = await this.require(id);
    const {
      name = client.name,
      grants = client.grants,
      audience = client.audience,
      requiresBinding = client.requiresBinding,
      scopes = client.scopes,
      origins = client.origins,
      jwks = client.jwks,
    } = changes;
    const changed: ClientRecord = {
      ...client,
      ...{ name: name.trim(), grants, audience, requiresBinding, jwks },
      scopes: [...new Set(scopes)],
      origins: [...new Set(origins)],
    };
    if (changes.jwks && client.jwks === null)
      throw new DomainError("invalid_request", {
        field: "jwks",
        message: "This client has no key, and cannot get one. Please register another client.",
      });
    requireFitting(asNew(changed), this.#options.isOurs);
    const [before, after] = differenceOf(settingsOf(client), settingsOf(changed));
    // Nothing is left to do, and nothing happened.
    if (before === "{}" && after === "{}") return client;
    await this.#replace(changed, actor);
    await this.#note("client_changed", actor, changed, { before, after });
    return this.require(id);
  }

  /**
   * Gives the client another secret. The one from before is refused from then on; its sessions and tokens stay.
   *
   * @returns the secret, which is shown this once
   * @throws DomainError `not_found`, `invalid_request` for a client without a secret
   */
  async renewSecret(id: string, actor: Actor = "operator"): Promise<string> {
    const client = await this.require(id);
    if (client.secretHash === null)
      throw new DomainError("invalid_request", { message: "This client has no secret." });
    const secret = newSecret(this.#options.random);
    await this.#replace({ ...client, secretHash: hashSecret(secret) }, actor);
    await this.#note("client_secret_renewed", actor, client, {});
    return secret;
  }

  /**
   * Removes the client and ends its sessions; done again, it ends those that an interrupted removal left.
   *
   * @returns how many those were
   * @throws DomainError `not_found`
   */
  async remove(id: string, actor: Actor = "operator"): Promise<number> {
    const { store, forget, endSessionsOf } = this.#options;
    // First the client, then its sessions: the other order would leave a moment for a new one.
    const removed = await store.remove(id, seenOf(actor));
    forget();
    if (!removed && (await store.find(id)) !== undefined) throw changedMeanwhile();
    const ended = id === FIRST_PARTY_CLIENT_ID ? 0 : await endSessionsOf(id, endedBy(actor));
    if (!removed && ended === 0) throw noSuchClient();
    const before = removed ? { before: JSON.stringify(settingsOf(removed)) } : {};
    await this.#note("client_removed", actor, removed ?? { id, name: id }, { sessions: ended, ...before });
    return ended;
  }

  /** From storage. @throws DomainError `not_found` */
  async require(id: string): Promise<ClientRecord> {
    const client = await this.#options.store.find(id);
    if (!client) throw noSuchClient();
    return client;
  }

  async #replace(client: ClientRecord, actor: Actor): Promise<void> {
    const { store, forget } = this.#options;
    const wasReplaced = await store.replace(client, seenOf(actor));
    forget();
    if (!wasReplaced) throw changedMeanwhile();
  }

  async #note(
    type: AuditEntry["type"],
    actor: Actor,
    { id: client, name }: Pick<ClientRecord, "id" | "name">,
    facts: NonNullable<AuditEntry["detail"]>,
  ): Promise<void> {
    const { detail, ...who } = auditFactsOf(actor);
    const about = { client, client_name: name };
    await this.#options.audit.record({ type, ...who, detail: { ...about, ...facts, ...detail } });
  }
}

/** What the statement asks again: whoever acts is still open, with the roles that were read. */
function seenOf(actor: Actor): Seen | null {
  return actor === "operator" ? null : actor;
}

function asNew({ secretHash, jwks, ...client }: ClientRecord): NewClient {
  const kind = secretHash === null && jwks === null ? "public" : "confidential";
  return { ...client, kind, ...(jwks ? { jwks } : {}) };
}

/** Of two settings only what differs, as JSON. */
function differenceOf(before: ChangedMembers, after: ChangedMembers): readonly [string, string] {
  const names = Object.keys(before).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const pick = (settings: ChangedMembers) =>
    JSON.stringify(Object.fromEntries(names.map((name) => [name, settings[name]])));
  return [pick(before), pick(after)];
}

function noSuchClient(): DomainError {
  return new DomainError("not_found", { message: "There is no such client." });
}
