import type { PasskeyAssertion } from "../../contract/passkeys";
import type { AuditTrail } from "../audit";
import { isDomainError } from "../domain-error";
import type { Passkeys, ProvenPasskey } from "../passkeys";
import type { Tickets } from "../tickets";
import type { Caller } from "./attempts";

export interface PasskeyCheckOptions {
  readonly tickets: Tickets;
  readonly passkeys: Passkeys;
  readonly audit: AuditTrail;
}

/** The check of one passkey that signed the challenge of a ticket. */
export class PasskeyCheck {
  readonly #options: PasskeyCheckOptions;

  constructor(options: PasskeyCheckOptions) {
    this.#options = options;
  }

  /**
   * Uses up the ticket, then checks the passkey: a challenge serves once, whatever comes of it.
   *
   * @throws DomainError `invalid_ticket`, `invalid_passkey`
   */
  async prove(t: string, assertion: PasskeyAssertion, caller: Caller): Promise<ProvenPasskey> {
    const { tickets, passkeys, audit } = this.#options;
    await tickets.consume(await tickets.require(t, caller.keyThumbprint));
    try {
      return await passkeys.proofs.prove(assertion, t);
    } catch (error) {
      if (isDomainError(error) && error.code === "invalid_passkey") {
        const detail = { reason: error.code };
        await audit.record({ type: "sign_in_refused", userId: null, address: caller.address, detail });
      }
      throw error;
    }
  }
}
