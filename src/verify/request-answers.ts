import type { VerifiedToken } from "./access-token";
import type { IncomingRequest } from "./create-verifier";

interface Answer extends IncomingRequest {
  readonly verified: Promise<VerifiedToken>;
}

/** What each request was answered, for as long as its own object lives. */
export class AnswersByRequest {
  readonly #answers = new WeakMap<object, Answer>();

  /** @returns the answer that this very request has had, else that of `verify` */
  of(request: IncomingRequest, verify: () => Promise<VerifiedToken>): Promise<VerifiedToken> {
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
