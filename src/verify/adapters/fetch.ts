import type { VerifiedCaller } from "../access-token";
import type { Verifier } from "../create-verifier";
import { VerificationError } from "../verification-error";
import { bodyOf, headersOf } from "./refusal";

/**
 * For handlers of the fetch standard: Next.js, Hono, Bun, Deno, Workers.
 *
 * @throws VerificationError
 * @example
 * import { refusalResponse, type Verifier, verifyRequest } from "countersign/verify";
 *
 * export async function answer(verifier: Verifier, request: Request): Promise<Response> {
 *   try {
 *     const caller = await verifyRequest(verifier, request);
 *     return Response.json({ hello: caller.userId });
 *   } catch (error) {
 *     return refusalResponse(error);
 *   }
 * }
 */
export function verifyRequest<Caller extends VerifiedCaller>(
  verifier: Verifier<Caller>,
  request: Request,
): Promise<Caller> {
  const { pathname, search } = new URL(request.url);
  return verifier.verify({
    method: request.method,
    path: pathname + search,
    authorization: request.headers.get("authorization"),
    proof: request.headers.get("dpop"),
    source: request,
  });
}

/**
 * The answer to a refused request; anything that is no refusal is thrown on.
 *
 * @example
 * import { refusalResponse, VerificationError } from "countersign/verify";
 *
 * const response = refusalResponse(new VerificationError("invalid_token"));
 * console.log(response.status, response.headers.get("www-authenticate"));
 */
export function refusalResponse(error: unknown): Response {
  if (!(error instanceof VerificationError)) throw error;
  return Response.json(bodyOf(error), { status: error.status, headers: headersOf(error) });
}

/**
 * Wraps a handler so that it sees verified requests only.
 *
 * @example
 * import { createVerifier, protect } from "countersign/verify";
 *
 * const verifier = createVerifier({
 *   issuer: "https://accounts.example.com",
 *   audience: "https://accounts.example.com",
 *   origin: "https://api.example.com",
 * });
 * export const GET = protect(verifier, (_request, caller) => Response.json({ hello: caller.userId }));
 */
export function protect<Caller extends VerifiedCaller, Rest extends unknown[]>(
  verifier: Verifier<Caller>,
  handler: (request: Request, caller: Caller, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    let caller: Caller;
    try {
      caller = await verifyRequest(verifier, request);
    } catch (error) {
      return refusalResponse(error);
    }
    return handler(request, caller, ...rest);
  };
}
