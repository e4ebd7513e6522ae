import { createPrivateKey, type JsonWebKey, type KeyObject } from "node:crypto";
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from "jose";
import type { Clock, RandomSource, SecretRing } from "../ports";
import { SealError, Sealer } from "../sealed";

/** What a key is for: signing access tokens, or receiving encrypted credentials. Never both. */
export type KeyUse = "sig" | "enc";

export interface ServerKeyRecord {
  readonly kid: string;
  readonly use: KeyUse;
  readonly sequence: number;
  readonly publicJwk: string;
  readonly sealedPrivate: string;
  readonly createdAt: Date;
  readonly activeAt: Date;
  readonly retiredAt: Date | null;
}

export interface ServerKeyStore {
  /** Every key that is not retired at `now`, in the order of their sequence. */
  listUnretired(now: Date): Promise<ServerKeyRecord[]>;
  /** @returns whether it was inserted; false when a key of that use and sequence exists (another instance was first) */
  insert(record: ServerKeyRecord): Promise<boolean>;
  /** Sets the retirement of the use's keys below `sequence` that have none yet. */
  retireBefore(use: KeyUse, sequence: number, retiredAt: Date): Promise<void>;
  deleteRetiredBefore(before: Date): Promise<number>;
}

interface LoadedKey {
  readonly kid: string;
  readonly sequence: number;
  readonly publicJwk: JWK;
  readonly publicKey: CryptoKey;
  readonly privateKey: KeyObject;
  readonly activeAtMs: number;
  readonly retiredAtMs: number;
  readonly createdAtMs: number;
}

export interface ServerKeysOptions {
  readonly store: ServerKeyStore;
  readonly secrets: SecretRing;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** A key older than this gets a successor. */
  readonly rotateAfterInSeconds: number;
  /** How long a new key is published before it signs, so that verifiers which cache the key set know it in time. */
  readonly publishLeadInSeconds: number;
  /** How long an old key is accepted after its successor took over: at least the life of what it made. */
  readonly overlapInSeconds: number;
  /** A signing key took the place of another one. */
  readonly onRotated?: (kid: string, by: RotatedBy) => Promise<void>;
}

/** The operator by a command, or the service when it was due. */
export type RotatedBy = "operator" | "system";

/** A stored private key cannot be opened with the installation's secrets. */
export class SealedKeyError extends Error {}

/**
 * After its retirement, when nothing that it made is accepted or published any more: what it could still open is recorded
 * credentials. The day is for clocks that are set right.
 */
const KEPT_IN_MS = 86_400_000;

/** Anybody can name any number of keys that do not exist. */
const LOAD_AT_MOST_EVERY_MS = 1000;

const algorithmOf = { sig: "ES256", enc: "ECDH-ES+A256KW" } as const;

/**
 * The rotating keys of the service, read from storage into memory.
 *
 * Private keys are stored encrypted (AES-256-GCM) under the installation's secret. Only ES256 signs and only
 * ECDH-ES+A256KW receives; a retired key is neither used nor accepted, whatever its row still holds.
 */
export class ServerKeys {
  readonly #options: ServerKeysOptions;
  readonly #sealer: Sealer;
  #keys: Record<KeyUse, LoadedKey[]> = { sig: [], enc: [] };
  #loading: Promise<void> | undefined;
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  /** The sequence of the newest key that was in use. */
  readonly #used: Record<KeyUse, number> = { sig: 0, enc: 0 };

  constructor(options: ServerKeysOptions) {
    this.#options = options;
    this.#sealer = new Sealer({ ...options, purpose: "server-keys" });
  }

  /** Reads the keys again and makes the first ones where none exist. @throws SealedKeyError */
  async load(): Promise<void> {
    const records = await this.#options.store.listUnretired(this.#options.clock.now());
    const known = new Map([...this.#keys.sig, ...this.#keys.enc].map((key) => [key.kid, key]));
    const next: Record<KeyUse, LoadedKey[]> = { sig: [], enc: [] };
    for (const record of records) next[record.use].push(await this.#open(record, known.get(record.kid)));
    this.#keys = next;
    for (const use of ["sig", "enc"] as const) {
      if (next[use].length === 0) await this.#addKey(use, 1, 0);
    }
  }

  /**
   * Reads the keys again, at most once a second: for the id of a key that another instance may have made a moment ago.
   * Several who ask at once wait for one reading. @throws SealedKeyError, and what storage throws
   */
  async loadSoon(): Promise<void> {
    const nowMs = performance.now();
    if (this.#loading) return this.#loading;
    if (nowMs - this.#loadedAtMs < LOAD_AT_MOST_EVERY_MS) return;
    this.#loadedAtMs = nowMs;
    this.#loading = this.load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /**
   * Makes a successor for each key that is due; call it now and then.
   * Several instances may call it at once: the unique sequence lets one of them win and the others read what it made.
   */
  async rotateIfDue(): Promise<void> {
    const dueBeforeMs = this.#nowMs() - this.#options.rotateAfterInSeconds * 1000;
    for (const use of ["sig", "enc"] as const) {
      const newest = this.#keys[use].at(-1);
      if (newest && newest.createdAtMs <= dueBeforeMs) await this.rotate(use);
    }
  }

  /** Removes those that retired a while ago. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#options.store.deleteRetiredBefore(new Date(now.getTime() - KEPT_IN_MS));
  }

  /** Makes a successor now. The old key stays accepted for the overlap, then is refused. */
  async rotate(
    use: KeyUse,
    publishLeadInSeconds = this.#options.publishLeadInSeconds,
    by: RotatedBy = "system",
  ): Promise<void> {
    const newest = this.#keys[use].at(-1);
    const kid = await this.#addKey(use, (newest?.sequence ?? 0) + 1, publishLeadInSeconds);
    if (kid !== undefined && use === "sig") await this.#options.onRotated?.(kid, by);
  }

  /**
   * The key that makes new things: the newest active one. What was in use stays in use when the clock is set back; and where
   * the clock is behind the making of them all, the oldest is used, which everyone has known for longest.
   */
  current(use: KeyUse): { kid: string; privateKey: KeyObject; publicJwk: JWK } {
    const nowMs = this.#nowMs();
    const usable = this.#keys[use].filter((key) => key.retiredAtMs > nowMs);
    const isActive = (key: LoadedKey) => key.activeAtMs <= nowMs || key.sequence <= this.#used[use];
    const key = usable.findLast(isActive) ?? usable[0];
    if (!key) throw new Error(`no ${use} key`);
    this.#used[use] = Math.max(this.#used[use], key.sequence);
    return key;
  }

  /** @returns the key of that id while it is not retired */
  find(use: KeyUse, kid: string): { publicKey: CryptoKey; privateKey: KeyObject } | undefined {
    const nowMs = this.#nowMs();
    return this.#keys[use].find((key) => key.kid === kid && key.retiredAtMs > nowMs);
  }

  /** The same; one that is not known here may have been made by another instance, so the keys are read first. */
  async findOrLoad(use: KeyUse, kid: string): Promise<ReturnType<ServerKeys["find"]>> {
    const known = this.find(use, kid);
    if (known) return known;
    // What cannot be read now is read by the next who asks.
    await this.loadSoon().catch(() => undefined);
    return this.find(use, kid);
  }

  /** The key set to publish (RFC 7517): signing keys that are active, about to be, or still accepted. */
  publicJwks(): { keys: JWK[] } {
    const nowMs = this.#nowMs();
    return { keys: this.#keys.sig.filter((key) => key.retiredAtMs > nowMs).map((key) => key.publicJwk) };
  }

  /** Of those that sign, will sign, or are still accepted; and when the newest gets a successor. */
  signingKeys() {
    const nowMs = this.#nowMs();
    const keys = this.#keys.sig.filter((key) => key.retiredAtMs > nowMs);
    const newestAtMs = keys.at(-1)?.createdAtMs ?? nowMs;
    return {
      keys: keys.map(({ kid, createdAtMs, activeAtMs, retiredAtMs }) => ({
        ...{ kid, alg: algorithmOf.sig, createdAt: new Date(createdAtMs), activeAt: new Date(activeAtMs) },
        retiredAt: Number.isFinite(retiredAtMs) ? new Date(retiredAtMs) : null,
      })),
      nextRotationAt: new Date(newestAtMs + this.#options.rotateAfterInSeconds * 1000),
    };
  }

  #nowMs(): number {
    return this.#options.clock.now().getTime();
  }

  /** @returns the new key's id; undefined when another instance was first */
  async #addKey(use: KeyUse, sequence: number, publishLeadInSeconds: number): Promise<string | undefined> {
    const { store, clock } = this.#options;
    const pair = await generateKeyPair(algorithmOf[use], { extractable: true, crv: "P-256" });
    const bareJwk = await exportJWK(pair.publicKey);
    const kid = await calculateJwkThumbprint(bareJwk);
    const now = clock.now();
    const activeAt = new Date(now.getTime() + publishLeadInSeconds * 1000);
    const inserted = await store.insert({
      kid,
      use,
      sequence,
      publicJwk: JSON.stringify({ ...bareJwk, kid, use, alg: algorithmOf[use] }),
      sealedPrivate: this.#sealer.seal(JSON.stringify(await exportJWK(pair.privateKey)), kid),
      createdAt: now,
      activeAt,
      retiredAt: null,
    });
    // After the insert: a crash in between leaves an old key unretired, which the next rotation mends; the other order
    // could leave the service without a key.
    if (inserted) {
      await store.retireBefore(
        use,
        sequence,
        new Date(activeAt.getTime() + this.#options.overlapInSeconds * 1000),
      );
    }
    await this.load();
    return inserted ? kid : undefined;
  }

  async #open(record: ServerKeyRecord, known: LoadedKey | undefined): Promise<LoadedKey> {
    const publicJwk = JSON.parse(record.publicJwk) as JWK;
    const algorithm = algorithmOf[record.use];
    const privateKey = known?.privateKey ?? this.#openPrivateKey(record);
    return {
      kid: record.kid,
      sequence: record.sequence,
      publicJwk,
      publicKey: known?.publicKey ?? ((await importJWK(publicJwk, algorithm)) as CryptoKey),
      privateKey,
      activeAtMs: record.activeAt.getTime(),
      retiredAtMs: record.retiredAt?.getTime() ?? Number.POSITIVE_INFINITY,
      createdAtMs: record.createdAt.getTime(),
    };
  }

  #openPrivateKey({ sealedPrivate, kid }: ServerKeyRecord): KeyObject {
    const jwk = JSON.parse(this.#unseal(sealedPrivate, kid)) as JsonWebKey;
    return createPrivateKey({ key: jwk, format: "jwk" });
  }

  #unseal(sealed: string, kid: string): string {
    try {
      return this.#sealer.open(sealed, kid);
    } catch (cause) {
      if (!(cause instanceof SealError)) throw cause;
      throw new SealedKeyError(
        cause.isSecretThere
          ? `A key in the database does not open with secret ${cause.secretId}: it is another one than the key was sealed with, or the row was changed.`
          : `A key in the database was sealed with secret ${cause.secretId}, which this installation does not have.`,
        { cause },
      );
    }
  }
}
