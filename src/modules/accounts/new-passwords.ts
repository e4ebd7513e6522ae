import { DomainError } from "../domain-error";
import { CommonPasswords, checkNewPassword, type PasswordHasher } from "../passwords";

export interface NewPasswordsOptions {
  readonly hasher: PasswordHasher;
  readonly passwordMinLength: number;
  /** Words of the service that a password must not be made of. */
  readonly serviceWords: readonly string[];
}

/** Passwords that are set: each is checked against the rules before it is hashed. */
export class NewPasswords {
  readonly #options: NewPasswordsOptions;
  readonly #common = new CommonPasswords();

  constructor(options: NewPasswordsOptions) {
    this.#options = options;
  }

  /**
   * @param field what the request calls the password, for the refusal
   * @throws DomainError `weak_password`
   */
  async hash(password: string, username: string, field = "password"): Promise<string> {
    this.check(password, username, field);
    return this.#options.hasher.hash(password);
  }

  /** The rules alone. @throws DomainError `weak_password` */
  check(password: string, username: string, field = "password"): void {
    const { passwordMinLength, serviceWords } = this.#options;
    const verdict = checkNewPassword(password, {
      minLength: passwordMinLength,
      words: [...serviceWords, ...username.split(/[^\p{L}\p{N}]+/u)],
      common: this.#common,
    });
    if (!verdict.ok) {
      throw new DomainError("weak_password", {
        field,
        message: verdict.message,
        extra: { rule: verdict.reason },
      });
    }
  }
}
