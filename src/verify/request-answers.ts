import type { VerifiedCaller } from "./access-token";

/** A request, as little as is needed of it. */
export interface IncomingRequest {
  readonly method: string;
  /** Path, with or without its query. */
  readonly path: string;
  /** The `Authorization` header. */
  readonly authorization: string | null | undefined;
  /** The `DPoP` header. */
  readonly proof: string | null | undefined;
  /**
   * The object that the rest was read from, which is another one for each request. A proof works once, and several may ask
   * about one request: the procedures of a tRPC batch, a middleware that is there twice. A caller who asks again about the same
   * object, with the same parts, gets the first answer again. Left out, each question is a request of its own.
   */
  readonly source?: object;
}

interface Answer extends IncomingRequest {
  readonly verified: Promise<VerifiedCaller>;
}

/** What each request was answered, for as long as its own object lives. */
export class AnswersByRequest {
  readonly #answers = new WeakMap<object, Answer>();

  /** @returns the answer that this very request has had, else that of `verify` */
  of(request: IncomingRequest, verify: () => Promise<VerifiedCaller>): Promise<VerifiedCaller> {
    const { source } = request;
    if (source === undefined) return verify();
    const known = this.#answers.get(source);
    if (known && isSame(known, request)) return known.verified;
    const verified = verify();
    this.#answers.set(source, { ...request, verified });
    return verified;
  }
}

/** An object that was changed meanwhile speaks of another request. */
function isSame(one: IncomingRequest, other: IncomingRequest): boolean {
  return (
    one.method === other.method &&
    one.path === other.path &&
    one.authorization === other.authorization &&
    one.proof === other.proof
  );
}
