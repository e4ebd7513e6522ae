import type { AccountRecord, CheckedNames } from "../accounts";
import { DomainError } from "../domain-error";
import type { Invitation, Invitations } from "../invitations";
import type { PasskeyRecord } from "../passkeys";
import type { Caller } from "./attempts";
import type { SignInOptions } from "./sign-in";

/** The inviter's roles changed between the look and the statement, and the invitation still counts. */
const MAX_ROUNDS = 3;

export interface SignUpOptions extends SignInOptions {
  readonly invitations: Invitations;
}

/** What is asked for, and of whom. */
export interface Wish {
  readonly names: CheckedNames;
  readonly credential: { readonly password: string } | { readonly passkey: PasskeyRecord };
  /** Of the invitation. */
  readonly code: string;
  readonly caller: Caller;
}

export type Joined =
  | { readonly status: "made"; readonly account: AccountRecord }
  /** The same wish was there before, or another one of the same name with the same invitation. */
  | { readonly status: "was_there"; readonly existing: AccountRecord; readonly invitation: Invitation };

/** From an invitation to an account: what is the same for each kind of credential. */
export class Joining {
  readonly #options: SignUpOptions;

  constructor(options: SignUpOptions) {
    this.#options = options;
  }

  /**
   * Makes the account while its invitation counts.
   *
   * @param seen the invitation, which counted a moment ago
   * @throws DomainError `invalid_invitation`, `username_taken`, `invalid_passkey`, `temporarily_unavailable`
   */
  async make(wish: Wish, seen: Invitation): Promise<Joined> {
    const { accounts, invitations } = this.#options;
    const { names, credential, caller, code } = wish;
    let invitation = seen;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const account = await accounts.createInvited(names, credential, invitation, caller.address);
      if (account) return { status: "made", account };
      const existing = await accounts.findByUsername(names.username);
      if (existing?.invitationId === invitation.id) return { status: "was_there", existing, invitation };
      const now = await invitations.findByCode(code);
      if (!now || !invitations.isUsable(now)) return this.refuse(caller);
      if (existing) throw nameTaken();
      if ("passkey" in credential) await this.#requireFree(credential.passkey);
      invitation = now;
    }
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
  }

  /** Whatever is wrong with the invitation. @throws DomainError `invalid_invitation` */
  async refuse({ address }: Caller): Promise<never> {
    const detail = { reason: "invalid_invitation" };
    await this.#options.audit.record({ type: "sign_up_refused", address, detail });
    throw new DomainError("invalid_invitation");
  }

  async #requireFree(passkey: PasskeyRecord): Promise<void> {
    if (await this.#options.passkeys.first.isTaken(passkey)) throw new DomainError("invalid_passkey");
  }
}

export function nameTaken(): Error {
  return new DomainError("username_taken", { field: "username" });
}
