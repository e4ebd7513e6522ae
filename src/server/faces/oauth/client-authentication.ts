import { decodeJwt } from "jose";
import type { ClientCredentials, ClientRecord } from "../../../modules/clients";
import { DomainError } from "../../../modules/domain-error";
import type { FormFields } from "../../request/access-token-location";
import type { Call } from "../../request/call";

/** RFC 7523 section 2.2. */
const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/**
 * Which client asks: by HTTP Basic, by `client_id` and `client_secret` in the form, by a signed assertion, or, for a public
 * client, by `client_id` alone, in either place (RFC 6749 section 2.3, RFC 7523 section 2.2).
 *
 * @throws DomainError `invalid_client`; `invalid_request` for two ways at once
 */
export function authenticateClient(call: Call, form: FormFields): Promise<ClientRecord> {
  return call.container.clients.authenticate(
    readCredentials(call.request.headers.get("authorization"), form),
  );
}

function readCredentials(authorization: string | null, form: FormFields): ClientCredentials {
  if (form.client_assertion !== undefined || form.client_assertion_type !== undefined)
    return readAssertion(authorization, form);
  if (authorization === null) {
    if (!form.client_id) throw new DomainError("invalid_client", { field: "client_id" });
    return { id: form.client_id, secret: form.client_secret };
  }
  const basic = readBasic(authorization);
  if (!basic) throw new DomainError("invalid_client");
  const isSaidTwice =
    form.client_secret !== undefined || (form.client_id !== undefined && form.client_id !== basic.id);
  if (isSaidTwice) throw namedTwice();
  return basic;
}

/** The client is named by the assertion, and may be by `client_id` too, which then has to be the same (section 2.2). */
function readAssertion(authorization: string | null, form: FormFields): ClientCredentials {
  const { client_assertion: assertion, client_assertion_type: type, client_id: id } = form;
  if (assertion === undefined || type !== JWT_BEARER)
    throw new DomainError("invalid_client", { field: "client_assertion_type" });
  if (authorization !== null || form.client_secret !== undefined) throw namedTwice();
  const subject = subjectOf(assertion);
  if (subject === undefined || (id !== undefined && id !== subject)) throw new DomainError("invalid_client");
  return { id: subject, assertion };
}

/** What it claims; whether it is true is checked by the key of that client. */
function subjectOf(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub;
  } catch {
    return undefined;
  }
}

function namedTwice(): DomainError {
  return new DomainError("invalid_request", {
    field: "client_id",
    message: "The request names or proves the client in two ways. Please use one.",
  });
}

/** RFC 6749 section 2.3.1: both halves are form-encoded before they are put together. */
function readBasic(authorization: string): ClientCredentials | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]{1,1024})$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1) return undefined;
  try {
    const decode = (part: string) => decodeURIComponent(part.replaceAll("+", " "));
    // Section 2.3.1: an empty secret is one left out. Many libraries send it so for a public client.
    return { id: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) || undefined };
  } catch {
    return undefined;
  }
}
