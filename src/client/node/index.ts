/** For programs in Node: key and tokens in files, so that a program stays signed in from one start to the next. */
export type { DeviceKeyStore } from "../key/device-key";
export type { TokenStore, Tokens } from "../session/token-store";
export { fileDeviceKeyStore } from "./file-device-key-store";
export { fileTokenStore } from "./file-token-store";
