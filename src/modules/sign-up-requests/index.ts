export type { SignUpRequest, SignUpRequestStore } from "./record";
export { SignUpRequests, type SignUpRequestsOptions } from "./sign-up-requests";
