import { createHash } from "node:crypto";
import type { PasskeyAssertion, PasskeyRequestOptions } from "../../contract/passkeys";
import type { KnownDeviceStore } from "../devices";
import { DomainError } from "../domain-error";
import type { Passkeys } from "../passkeys";
import type { QrLoginRecord } from "./qr-login-record";

/** Whom and what an approval needs, as the operator sets it (QR_APPROVAL, QR_FOR). */
export interface ApprovalPolicy {
  /** Who proves a passkey when approving: nobody, whoever has one, or everybody. */
  readonly verification: "tap" | "auto" | "passkey";
  /** `known`: only computers on which the account has signed in before, by password or passkey. */
  readonly computers: "everyone" | "known";
}

export interface ApprovalsOptions {
  readonly policy: ApprovalPolicy;
  readonly passkeys: Passkeys;
  readonly knownDevices: Pick<KnownDeviceStore, "isKnown" | "isKnownTo">;
}

/** What a passkey has to sign for an approval. */
export interface Verification {
  /** Undefined while the account has no passkey. */
  readonly options: PasskeyRequestOptions | undefined;
}

/** What an approval has to show besides the ticket: a passkey of the account, and a computer that the account knows. */
export class Approvals {
  readonly #options: ApprovalsOptions;

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  /** Whether the account may be opened on the computer that asks. */
  async mayOpen(userId: string, { keyThumbprint }: QrLoginRecord): Promise<boolean> {
    const { policy, knownDevices } = this.#options;
    if (policy.computers === "everyone") return true;
    return keyThumbprint !== null && (await knownDevices.isKnownTo(userId, keyThumbprint));
  }

  /** Whether any account knows the computer; undefined where that is of no importance. */
  async isKnown({ keyThumbprint }: QrLoginRecord): Promise<boolean | undefined> {
    const { policy, knownDevices } = this.#options;
    if (policy.computers === "everyone") return undefined;
    return keyThumbprint !== null && (await knownDevices.isKnown(keyThumbprint));
  }

  /** @returns undefined when the ticket is enough */
  async verificationOf(
    userId: string,
    { row, ticket, lifetimeInSeconds }: { row: QrLoginRecord; ticket: string; lifetimeInSeconds: number },
  ): Promise<Verification | undefined> {
    const { policy, passkeys } = this.#options;
    if (policy.verification === "tap") return undefined;
    const options = await passkeys.proofs.requestOptionsOf(
      userId,
      challengeOf(row, ticket),
      lifetimeInSeconds,
    );
    return options || policy.verification === "passkey" ? { options } : undefined;
  }

  /**
   * Sees to it that a passkey of the account has signed for this request, where one is asked for.
   *
   * @returns what was signed, for the audit trail
   * @throws DomainError `user_verification_required`, `invalid_passkey`
   */
  async verify(
    userId: string,
    { row, ticket, passkey }: { row: QrLoginRecord; ticket: string; passkey: PasskeyAssertion | undefined },
  ): Promise<Readonly<Record<string, string | null>>> {
    const { passkeys } = this.#options;
    const wanted = await this.verificationOf(userId, { row, ticket, lifetimeInSeconds: 0 });
    if (!wanted) return {};
    if (!passkey) throw new DomainError("user_verification_required");
    const challenge = challengeOf(row, ticket);
    const proven = await passkeys.proofs.proveChallenge(passkey, challenge);
    if (proven.passkey.userId !== userId) throw new DomainError("invalid_passkey");
    return { passkey: proven.passkey.id, challenge, ...factsOf(row) };
  }
}

/** All that the person who approves is shown, and the key that gets the session. */
function factsOf(row: QrLoginRecord) {
  return {
    client: row.applicationId ?? row.clientId,
    key: row.keyThumbprint,
    browser: row.browser,
    os: row.os,
    ip: row.address,
    requested_at: row.createdAt.toISOString(),
    ...(row.scope === "" ? {} : { scope: row.scope }),
  };
}

/**
 * Over the ticket and every fact, so that the signature is for this request and no other. The ticket is its claimant's alone and
 * answers once: so does the challenge, without a row of its own.
 */
function challengeOf(row: QrLoginRecord, ticket: string): string {
  const signed = JSON.stringify([row.id, ticket, factsOf(row)]);
  return createHash("sha256").update("countersign approval\0").update(signed).digest("base64url");
}
