import type { RoleName } from "../../contract/schemas";
import type { SessionRecord } from "../sessions";
import type { AccountRecord, AccountStore } from "./account-store";
import { emailKeyOf } from "./identifier";
import { findByName } from "./require";

const MAX_TERMS = 3;
/** The identifiers of sessions and users: 128 bits, base64url; of users who were imported those of their source. */
const identifier = /^[\w-]{16,64}$/;

export interface DirectoryOptions {
  readonly store: AccountStore;
  readonly findSession: (id: string) => Promise<SessionRecord | undefined>;
}

export interface DirectoryQuery {
  /** Parts of names; or the whole of a username, a verified address, or the id of a user or a session. */
  readonly text: string;
  readonly status?: "open" | "disabled" | undefined;
  readonly role?: RoleName | undefined;
  readonly after: string | null;
  readonly limit: number;
}

/** All accounts, for those who look after them. */
export class Directory {
  readonly #options: DirectoryOptions;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  /** @returns one page, the newest first; and where the next one begins, null when there is none */
  async search({
    text,
    status,
    role,
    after,
    limit,
  }: DirectoryQuery): Promise<{ accounts: readonly AccountRecord[]; next: string | null }> {
    const written = text.normalize("NFKC").trim();
    const exact = written === "" || after !== null ? undefined : await this.#findExactly(written);
    if (exact && !isFound(exact, status, role)) return { accounts: [], next: null };
    if (exact && (identifier.test(written) || written.includes("@"))) {
      return { accounts: [exact], next: null };
    }
    const terms = written.toLowerCase().split(/\s+/).filter(Boolean).slice(0, MAX_TERMS);
    return this.#options.store.search({ terms, status, role, after, limit });
  }

  async #findExactly(written: string): Promise<AccountRecord | undefined> {
    const { store, findSession } = this.#options;
    if (written.includes("@")) {
      const key = emailKeyOf(written);
      return (key && (await store.findByEmailKey(key))) || findByName(store, written);
    }
    if (!identifier.test(written)) return undefined;
    const account = await store.find(written);
    if (account) return account;
    const session = await findSession(written);
    return session && store.find(session.userId);
  }
}

function isFound(
  { disabledAt, roles }: AccountRecord,
  status: DirectoryQuery["status"],
  role: DirectoryQuery["role"],
): boolean {
  const isOfStatus = status === undefined || (disabledAt === null) === (status === "open");
  return isOfStatus && (role === undefined || roles.includes(role));
}
