import { FIRST_PARTY_CLIENT_ID, ME_SCOPE } from "../../contract/first-party";
import { DomainError } from "../domain-error";
import type { ClientGrant } from "./client";
import type { ClientKeys } from "./client-keys";

export interface NewClient {
  readonly id: string;
  readonly name: string;
  readonly grants: readonly ClientGrant[];
  readonly audience: string | null;
  readonly requiresBinding: boolean;
  /** A confidential client authenticates with a secret, or with `jwks` where it is given. */
  readonly kind: "public" | "confidential";
  readonly jwks?: ClientKeys;
  readonly scopes?: readonly string[];
  /** As browsers send them. */
  readonly origins?: readonly string[];
}

const MAX_SCOPES = 50;
const MAX_ORIGINS = 20;

/** @throws DomainError `invalid_request` that names the field */
export function requireFitting(client: NewClient, isOurs: (audience: string | null) => boolean): void {
  const { id, name, audience, grants, kind, jwks, scopes = [], origins = [] } = client;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id))
    throw invalid("id", "An id is up to 64 letters, digits, dots, hyphens and underscores.");
  if (id === FIRST_PARTY_CLIENT_ID) throw invalid("id", "That id is our own.");
  if (!isName(name)) throw invalid("name", "A name is one line of up to 60 characters.");
  if (audience !== null && !URL.canParse(audience)) throw invalid("audience", "An audience is a URI.");
  if (jwks && kind === "public") throw invalid("jwks", "A client with a key is a confidential one.");
  if (origins.length > 0 && kind !== "public")
    throw invalid("origins", "A client with pages is a public one: a page cannot keep a secret.");
  if (origins.length > MAX_ORIGINS) throw invalid("origins", `A client has up to ${MAX_ORIGINS} origins.`);
  if (grants.length === 0 && origins.length === 0)
    throw invalid("grants", "A client has a grant, or the origins of its pages.");
  if (!grants.includes("client_credentials")) {
    if (scopes.length > 0) throw invalid("scopes", "Scopes belong to the grant client_credentials.");
    return;
  }
  if (kind === "public")
    throw invalid("grants", "client_credentials is for confidential clients (RFC 6749 section 4.4).");
  // A client's own token must not look like one of a user to a service that accepts our tokens.
  if (isOurs(audience))
    throw invalid(
      "audience",
      audience === null
        ? "With client_credentials, name the service that its tokens are for."
        : "With client_credentials, the audience is the address of a service of yours, and not Countersign's own.",
    );
  if (scopes.length > MAX_SCOPES || !scopes.every(isScope))
    throw invalid("scopes", `Scopes are up to ${MAX_SCOPES} words without spaces; ${ME_SCOPE} is our own.`);
}

/** RFC 6749 section 3.3. */
function isScope(scope: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(scope) && scope !== ME_SCOPE;
}

/** What is shown on the approval screen must not be able to look like something else. */
function isName(name: string): boolean {
  const text = name.trim();
  return text.length > 0 && text.length <= 60 && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

function invalid(field: string, message: string): DomainError {
  return new DomainError("invalid_request", { field, message });
}
