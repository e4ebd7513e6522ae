import type { NewPasskey, PasskeyCreationOptions } from "../../contract/passkeys";
import type { AuditEntry } from "../audit";
import { DomainError } from "../domain-error";
import type { OutgoingMailRecord } from "../mail";
import type { EventBus } from "../ports";
import type { Principal } from "../sessions";
import { readShownName } from "../shown-name";
import { Challenges, type ChallengesOptions } from "./challenges";
import { creationOptionsFor } from "./creation-options";
import { FirstPasskeys } from "./first-passkeys";
import { PasskeyProofs, type ProofsOptions } from "./proofs";
import { providerOf } from "./providers";
import { MAX_COUNTER, type PasskeyRecord } from "./record";
import { type RelyingParty, requireRelyingParty, verifyNew } from "./verify";

/** Of one account. */
const MAX_PASSKEYS = 50;
/** In characters. */
const MAX_NAME_LENGTH = 64;
export interface PasskeysOptions extends ChallengesOptions, ProofsOptions {
  readonly events: EventBus;
  /** Mails to the account's addresses, which come with the change. */
  readonly noticesTo: (
    userId: string,
    kind: "passkey_added" | "passkey_removed",
  ) => Promise<readonly OutgoingMailRecord[]>;
}

type By = Principal & { readonly address: string | null };

/** The passkeys of all accounts: making, listing, naming and removing them. */
export class Passkeys {
  readonly #options: PasskeysOptions;
  readonly #challenges: Challenges;
  /** What they sign. */
  readonly proofs: PasskeyProofs;
  /** Those with which accounts are made. */
  readonly first: FirstPasskeys;

  constructor(options: PasskeysOptions) {
    this.#options = options;
    this.#challenges = new Challenges(options);
    this.proofs = new PasskeyProofs(options);
    this.first = new FirstPasskeys(options);
  }

  /** What a browser needs to make a passkey for this session's account. Good once, for five minutes. */
  async creationOptions({ user, session }: Principal): Promise<PasskeyCreationOptions> {
    const relyingParty = this.#relyingParty();
    const existing = (await this.#options.passkeys.listOf(user.id)).map(({ id }) => id);
    const challenge = await this.#challenges.issue(session.id);
    return creationOptionsFor(relyingParty, { user, challenge, existing });
  }

  /**
   * Keeps a new passkey. The account's addresses hear of it.
   *
   * @throws DomainError `invalid_passkey`, `invalid_request` (too many, or the name)
   */
  async add(credential: NewPasskey, name: string | undefined, by: By): Promise<PasskeyRecord> {
    const { passkeys, noticesTo, clock } = this.#options;
    const { challenge, counter, ...verified } = await verifyNew(credential, this.#relyingParty());
    await this.#challenges.consume(challenge, by.session.id);
    const passkey: PasskeyRecord = {
      ...verified,
      userId: by.user.id,
      rpId: this.#relyingParty().id,
      name: name === undefined ? await this.#suggestName(verified.aaguid, by.user.id) : checkName(name),
      counter: Math.min(counter, MAX_COUNTER),
      createdAt: clock.now(),
      lastUsedAt: null,
    };
    const mails = await noticesTo(passkey.userId, "passkey_added");
    const outcome = await passkeys.insert(passkey, MAX_PASSKEYS, mails);
    if (outcome === "taken") throw new DomainError("invalid_passkey");
    if (outcome === "too_many") {
      throw new DomainError("invalid_request", {
        message: `An account has at most ${MAX_PASSKEYS} passkeys. Please delete one that you no longer use.`,
      });
    }
    await this.#note("passkey_added", passkey, by);
    return passkey;
  }

  /** What keeps it, and a number where the account has one of that name: two rows that look alike help nobody. */
  async #suggestName(aaguid: string, userId: string): Promise<string> {
    const taken = new Set((await this.#options.passkeys.listOf(userId)).map(({ name }) => name));
    const base = providerOf(aaguid) ?? "Passkey";
    let suggested = base;
    for (let count = 2; taken.has(suggested); count += 1) suggested = `${base} ${count}`;
    return suggested;
  }

  list(userId: string): Promise<PasskeyRecord[]> {
    return this.#options.passkeys.listOf(userId);
  }

  /** Whether one of them signs in at today's relying party: those for an earlier one do so nowhere. */
  async hasUsable(userId: string): Promise<boolean> {
    const { passkeys, relyingParty } = this.#options;
    return (await passkeys.listOf(userId)).some(({ rpId }) => rpId === relyingParty?.id);
  }

  /** @throws DomainError `not_found`, `invalid_request` */
  async rename(id: string, name: string, by: By): Promise<PasskeyRecord> {
    const { passkeys } = this.#options;
    const before = await passkeys.find(id);
    const isRenamed = await passkeys.rename(id, by.user.id, checkName(name));
    const passkey = isRenamed ? await passkeys.find(id) : undefined;
    if (passkey?.userId !== by.user.id) throw new DomainError("not_found");
    await this.#note("passkey_renamed", passkey, by, { before: before?.name ?? null, after: passkey.name });
    return passkey;
  }

  /**
   * Takes a passkey from the account, whose addresses hear of it.
   *
   * @throws DomainError `not_found`; `last_credential` where nothing else signs in to the account
   */
  async remove(id: string, by: By): Promise<void> {
    const { passkeys, noticesTo, relyingParty } = this.#options;
    const passkey = await passkeys.find(id);
    if (passkey?.userId !== by.user.id) throw new DomainError("not_found");
    const mails = await noticesTo(by.user.id, "passkey_removed");
    const outcome = await passkeys.remove(id, by.user.id, relyingParty?.id ?? null, mails);
    if (outcome !== "removed") throw new DomainError(outcome);
    await this.#note("passkey_removed", passkey, by);
  }

  /** Whether the account still has it. */
  async isThere({ id, userId }: PasskeyRecord): Promise<boolean> {
    return (await this.#options.passkeys.find(id))?.userId === userId;
  }

  /** Forgets challenges that have expired unused. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#challenges.sweep(now);
  }

  #relyingParty(): RelyingParty {
    return requireRelyingParty(this.#options.relyingParty);
  }

  async #note(
    type: "passkey_added" | "passkey_renamed" | "passkey_removed",
    passkey: PasskeyRecord,
    by: By,
    change: NonNullable<AuditEntry["detail"]> = {},
  ): Promise<void> {
    await this.#options.audit.record({
      type,
      userId: by.user.id,
      sessionId: by.session.id,
      address: by.address,
      detail: { passkey: passkey.id, name: passkey.name, ...change },
    });
    // The account's other devices look again, and find the notice.
    this.#options.events.publish({ type: "sessions_changed", userId: by.user.id });
  }
}

/** Notices on other devices and the operator's log show it. @throws DomainError `invalid_request` */
function checkName(name: string): string {
  const shown = readShownName(name, MAX_NAME_LENGTH);
  if (shown !== undefined) return shown;
  throw new DomainError("invalid_request", {
    field: "name",
    message: `The name of a passkey has 1 to ${MAX_NAME_LENGTH} visible characters.`,
  });
}
