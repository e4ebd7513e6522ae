import { createCipheriv, createDecipheriv } from "node:crypto";
import type { RandomSource, SecretRing } from "./ports";

/** What was sealed cannot be opened with the installation's secrets. */
export class SealError extends Error {
  /** The id of the secret that it was sealed with. */
  readonly secretId: string;
  /** False: the installation has no secret of that id. True: it has another one, or what was sealed was changed. */
  readonly isSecretThere: boolean;

  constructor(secretId: string, isSecretThere: boolean, options?: { cause?: unknown }) {
    super(`does not open with secret ${secretId}`, options);
    this.secretId = secretId;
    this.isSecretThere = isSecretThere;
  }
}

export interface SealerOptions {
  readonly secrets: SecretRing;
  readonly random: RandomSource;
  /** Of the key: nothing that was sealed for one purpose opens for another. */
  readonly purpose: string;
}

/** Encrypts what has to be stored and read again (AES-256-GCM), under the installation's newest secret. */
export class Sealer {
  readonly #options: SealerOptions;

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  /** @param context whose it is; it opens in the same context only */
  seal(plain: string, context: string): string {
    const { secrets, random, purpose } = this.#options;
    const key = secrets.derive(secrets.currentId, purpose);
    if (!key) throw new Error("the current secret is missing");
    const iv = random.bytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([iv, cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `${secrets.currentId}.${sealed.toString("base64url")}`;
  }

  /** @throws SealError */
  open(sealed: string, context: string): string {
    const dot = sealed.indexOf(".");
    const id = sealed.slice(0, dot);
    const key = this.#options.secrets.derive(id, this.#options.purpose);
    if (!key) throw new SealError(id, false);
    const bytes = Buffer.from(sealed.slice(dot + 1), "base64url");
    try {
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12));
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-16));
      return decipher.update(bytes.subarray(12, -16), undefined, "utf8") + decipher.final("utf8");
    } catch (cause) {
      throw new SealError(id, true, { cause });
    }
  }
}
