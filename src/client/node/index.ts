/**
 * For programs in Node: a client that gets tokens for the program itself, and, for programs that people sign in to, key and
 * tokens in files, so that they stay signed in from one start to the next.
 */

export type { FetchLike } from "../calls/proven-fetch";
export type { DeviceKeyStore } from "../key/device-key";
export type { TokenStore, Tokens } from "../session/token-store";
export type { ClientKey } from "./client-assertion";
export { fileDeviceKeyStore } from "./file-device-key-store";
export { fileTokenStore } from "./file-token-store";
export {
  createServiceClient,
  type ServiceClient,
  type ServiceClientOptions,
  type ServiceToken,
  TokenRequestError,
} from "./service-client";
