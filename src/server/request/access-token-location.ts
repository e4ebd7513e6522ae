import { DomainError } from "../../modules/domain-error";

export type FormFields = Readonly<Record<string, string>>;

export interface FoundToken {
  readonly token: string;
  /** What the Authorization header called it; "none" where the token is alone. */
  readonly scheme: "Bearer" | "DPoP" | "none";
  readonly place: "header" | "query" | "form";
}

const names = ["access-token", "access_token"] as const;
const none: readonly string[] = [];
/** RFC 9110 section 11.1: their case means nothing. */
const schemes: ReadonlyMap<string, "Bearer" | "DPoP"> = new Map([
  ["bearer", "Bearer"],
  ["dpop", "DPoP"],
]);

/**
 * Looks for the access token in the header, then the URL query, then the form body. The first place that has one
 * decides: what is there is used even if it is bad, and later places are not.
 *
 * @throws DomainError `invalid_request` for two tokens in one place; `invalid_token` for an Authorization header that is
 * no token, and for a token in the URL where it may not be
 */
export function findAccessToken(
  request: Request,
  url: URL,
  form: FormFields | undefined,
  allowsUrlTokens: boolean,
): FoundToken | undefined {
  const inQuery = url.search === "" ? none : names.flatMap((name) => url.searchParams.getAll(name));
  const inForm = form === undefined ? none : names.flatMap((name) => form[name] ?? []);
  // In any two places: it is not clear which of two was meant, and a place that does not decide today may tomorrow.
  if (inQuery.length > 1) throw twice("query");
  if (inForm.length > 1) throw twice("form");
  return (
    findInHeader(request) ?? takeFromQuery(request, inQuery[0], allowsUrlTokens) ?? takeFromForm(inForm[0])
  );
}

function findInHeader(request: Request): FoundToken | undefined {
  const authorization = readSingleHeader(request, "authorization");
  const accessToken = readSingleHeader(request, "access-token");
  if (authorization !== undefined && accessToken !== undefined) throw twice("header");
  if (accessToken !== undefined) return { token: accessToken, scheme: "none", place: "header" };
  if (authorization === undefined) return undefined;
  const end = authorization.indexOf(" ");
  const scheme = schemes.get(authorization.slice(0, end).toLowerCase());
  if (end < 0 || !scheme) throw new DomainError("invalid_token");
  return { token: authorization.slice(end).trimStart(), scheme, place: "header" };
}

function takeFromQuery(
  request: Request,
  token: string | undefined,
  allowsUrlTokens: boolean,
): FoundToken | undefined {
  if (token === undefined) return undefined;
  // Not skipped: a token in a forbidden place must not be rescued by one in a later place.
  if (!allowsUrlTokens || request.method !== "GET") throw new DomainError("invalid_token");
  return { token, scheme: "none", place: "query" };
}

function takeFromForm(token: string | undefined): FoundToken | undefined {
  return token === undefined ? undefined : { token, scheme: "none", place: "form" };
}

/** Repeated headers arrive joined by a comma, which none of ours may contain. */
function readSingleHeader(request: Request, name: string): string | undefined {
  const value = request.headers.get(name);
  if (value === null) return undefined;
  if (value.includes(",")) {
    throw new DomainError("invalid_request", {
      field: name,
      message: `The request has the header ${name} twice. Please send it once.`,
    });
  }
  return value;
}

function twice(place: string): DomainError {
  return new DomainError("invalid_request", {
    field: "access_token",
    message: `The ${place} has two tokens. Please send one.`,
  });
}
