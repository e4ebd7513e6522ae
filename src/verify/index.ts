/**
 * For services that accept access tokens of Countersign: verified here, against its published keys, with the proof of the
 * device's key. Start with `createVerifier`.
 */
export type { VerifiedCaller, VerifiedClient, VerifiedToken } from "./access-token";
export { expressCors, fastifyCors, withCors } from "./adapters/cors";
export { protect, refusalResponse, verifyRequest } from "./adapters/fetch";
export { expressVerify, fastifyVerify, verifyNodeRequest } from "./adapters/node";
export type { Acr, RequiredAuthentication } from "./authentication";
export type { CorsOptions } from "./cors";
export { createVerifier, type Verifier } from "./create-verifier";
export type { FetchLike } from "./published-keys";
export type { IncomingRequest } from "./request-answers";
export type { ClientVerifierOptions, RequiredOfCallers, VerifierOptions } from "./settings";
export { type Mismatch, VerificationError, type VerificationErrorCode } from "./verification-error";
