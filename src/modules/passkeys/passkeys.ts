import type {
  NewPasskey,
  PasskeyAssertion,
  PasskeyCreationOptions,
  PasskeyRequestOptions,
} from "../../contract/passkeys";
import type { Factor } from "../assurance";
import type { AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { Clock, EventBus } from "../ports";
import type { Principal } from "../sessions";
import { readShownName } from "../shown-name";
import {
  CHALLENGE_LIFETIME_IN_SECONDS,
  Challenges,
  type ChallengesOptions,
  signInChallenge,
} from "./challenges";
import { providerOf } from "./providers";
import { ALGORITHMS, type RelyingParty, verifyNew, verifySigned } from "./verify";

/** Of one account. */
const MAX_PASSKEYS = 50;
/** In characters. */
const MAX_NAME_LENGTH = 64;
/** What an authenticator's counter is kept up to: a column of 31 bits. Those that count so far are not known. */
const MAX_COUNTER = 0x7fff_ffff;

export interface PasskeyRecord {
  /** The credential ID, base64url. */
  readonly id: string;
  readonly userId: string;
  /** The relying party it was made for. */
  readonly rpId: string;
  /** For its owner to know it by. */
  readonly name: string;
  /** COSE_Key, base64url. */
  readonly publicKey: string;
  /** How often the authenticator says it has signed; 0 where it does not count. */
  readonly counter: number;
  readonly transports: readonly string[];
  readonly aaguid: string;
  /** Whether it is, or may be, on several devices. */
  readonly isBackedUp: boolean;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

export interface PasskeyStore {
  /** @returns `taken` when a key of that ID exists, `too_many` when the account has so many already */
  insert(passkey: PasskeyRecord, max: number): Promise<"inserted" | "taken" | "too_many">;
  find(id: string): Promise<PasskeyRecord | undefined>;
  /** Oldest first. */
  listOf(userId: string): Promise<PasskeyRecord[]>;
  rename(id: string, userId: string, name: string): Promise<boolean>;
  remove(id: string, userId: string): Promise<boolean>;
  /** How many were made for any relying party but this one. */
  countOfOthers(rpId: string | null): Promise<number>;
  /**
   * Notes a use, when its counter is still below this one (or neither counts).
   *
   * @returns false when another use was first, or the key is gone
   */
  noteUse(id: string, use: { counter: number; at: Date; mayGoBack: boolean }): Promise<boolean>;
}

export interface PasskeysOptions extends ChallengesOptions {
  readonly passkeys: PasskeyStore;
  /** Null where there can be none: browsers make no passkey for an address without a name. */
  readonly relyingParty: RelyingParty | null;
  readonly audit: AuditTrail;
  readonly events: EventBus;
  readonly clock: Clock;
}

/** A passkey that has just signed for a ticket, of an account. */
export interface ProvenPasskey {
  readonly passkey: PasskeyRecord;
  readonly factor: Extract<Factor, "hwk+user" | "swk+user">;
}

type By = Principal & { readonly address: string | null };

/** The passkeys of all accounts: making, listing, naming, removing and checking them. */
export class Passkeys {
  readonly #options: PasskeysOptions;
  readonly #challenges: Challenges;

  constructor(options: PasskeysOptions) {
    this.#options = options;
    this.#challenges = new Challenges(options);
  }

  /** What a browser needs to make a passkey for this session's account. Good once, for five minutes. */
  async creationOptions({ user, session }: Principal): Promise<PasskeyCreationOptions> {
    const { id, name } = this.#relyingParty();
    const existing = await this.#options.passkeys.listOf(user.id);
    return {
      challenge: await this.#challenges.issue(session.id),
      rp: { id, name },
      user: {
        id: userHandle(user.id),
        name: user.username,
        displayName: user.displayName,
      },
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
      timeout: CHALLENGE_LIFETIME_IN_SECONDS * 1000,
      excludeCredentials: existing.map((passkey) => ({ id: passkey.id, type: "public-key" })),
      authenticatorSelection: {
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      },
      attestation: "none",
    };
  }

  /**
   * Keeps a new passkey.
   *
   * @throws DomainError `invalid_passkey`, `invalid_request` (too many, or the name)
   */
  async add(credential: NewPasskey, name: string | undefined, by: By): Promise<PasskeyRecord> {
    const { passkeys, clock } = this.#options;
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
    const outcome = await passkeys.insert(passkey, MAX_PASSKEYS);
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

  /** @throws DomainError `not_found`, `invalid_request` */
  async rename(id: string, name: string, by: By): Promise<PasskeyRecord> {
    const { passkeys } = this.#options;
    const isRenamed = await passkeys.rename(id, by.user.id, checkName(name));
    const passkey = isRenamed ? await passkeys.find(id) : undefined;
    if (passkey?.userId !== by.user.id) throw new DomainError("not_found");
    await this.#note("passkey_renamed", passkey, by);
    return passkey;
  }

  /** @throws DomainError `not_found` */
  async remove(id: string, by: By): Promise<void> {
    const { passkeys } = this.#options;
    const passkey = await passkeys.find(id);
    if (passkey?.userId !== by.user.id || !(await passkeys.remove(id, by.user.id))) {
      throw new DomainError("not_found");
    }
    await this.#note("passkey_removed", passkey, by);
  }

  /** What a browser needs to sign in with a passkey under this ticket; any that it has for us will do. */
  requestOptions(ticket: string, timeoutInSeconds: number): PasskeyRequestOptions | undefined {
    return this.#requestOptions(signInChallenge(ticket), timeoutInSeconds);
  }

  #requestOptions(challenge: string, timeoutInSeconds: number): PasskeyRequestOptions | undefined {
    const { relyingParty } = this.#options;
    if (!relyingParty) return undefined;
    return {
      challenge,
      rpId: relyingParty.id,
      timeout: timeoutInSeconds * 1000,
      userVerification: "required",
      allowCredentials: [],
    };
  }

  /**
   * What a browser needs to sign this challenge with a passkey of the account. It names none: authenticators that are told which key
   * to use need not say whose it is.
   *
   * @returns undefined when the account has none
   */
  async requestOptionsOf(
    userId: string,
    challenge: string,
    timeoutInSeconds: number,
  ): Promise<PasskeyRequestOptions | undefined> {
    const own = await this.list(userId);
    return own.length === 0 ? undefined : this.#requestOptions(challenge, timeoutInSeconds);
  }

  /**
   * Checks what a passkey signed for a ticket, which the caller has used up, and notes the use.
   *
   * A counter that goes back says that the key was copied. Only where copies are meant to be, with a key that is backed up,
   * it may (WebAuthn Level 3, section 6.1.1).
   *
   * @throws DomainError `invalid_passkey`, the same for a key that is unknown, of another account, copied or wrong
   */
  prove(response: PasskeyAssertion, ticket: string): Promise<ProvenPasskey> {
    return this.proveChallenge(response, signInChallenge(ticket));
  }

  /** The same for any challenge of ours that serves once. @throws DomainError as {@link prove} */
  async proveChallenge(response: PasskeyAssertion, challenge: string): Promise<ProvenPasskey> {
    const { passkeys, audit, clock } = this.#options;
    const passkey = await passkeys.find(response.id);
    // Only here something else is said: a browser offers a key that we do not know until it hears of it.
    if (!passkey) throw new DomainError("invalid_passkey", { extra: { unknown_credential: response.id } });
    const signed = await verifySigned(response, {
      passkey,
      challenge,
      relyingParty: this.#relyingParty(),
    });
    const counter = Math.min(signed.counter, MAX_COUNTER);
    if (counter < passkey.counter) {
      await audit.record({
        type: "passkey_counter_back",
        userId: passkey.userId,
        detail: { passkey: passkey.id, counter, expected: passkey.counter },
      });
    }
    // Beyond the column there is nothing to compare: the key must not be shut out for good.
    const isBeyond = signed.counter >= MAX_COUNTER;
    const use = { counter, at: clock.now(), mayGoBack: passkey.isBackedUp || isBeyond };
    if (!(await passkeys.noteUse(passkey.id, use))) throw new DomainError("invalid_passkey");
    return { passkey, factor: passkey.isBackedUp ? "swk+user" : "hwk+user" };
  }

  /** Whether the account still has it. */
  async isThere({ id, userId }: PasskeyRecord): Promise<boolean> {
    return (await this.#options.passkeys.find(id))?.userId === userId;
  }

  /** Forgets challenges that have expired unused. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#challenges.sweep(now);
  }

  /** @throws DomainError `invalid_request` where there can be no passkeys */
  #relyingParty(): RelyingParty {
    const { relyingParty } = this.#options;
    if (relyingParty) return relyingParty;
    throw new DomainError("invalid_request", {
      message: "Passkeys need an address with a host name. Please ask the operator of this service.",
    });
  }

  async #note(
    type: "passkey_added" | "passkey_renamed" | "passkey_removed",
    passkey: PasskeyRecord,
    by: By,
  ): Promise<void> {
    await this.#options.audit.record({
      type,
      userId: by.user.id,
      sessionId: by.session.id,
      address: by.address,
      detail: { passkey: passkey.id, name: passkey.name },
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

/** Who the account is to authenticators (WebAuthn Level 3, section 5.4.3), base64url: its ID, which says nothing of a person. */
export function userHandle(userId: string): string {
  return Buffer.from(userId).toString("base64url");
}
