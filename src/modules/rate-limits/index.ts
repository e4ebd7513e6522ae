export { addressKeys, SITE_SHARES } from "./address-key";
export type { AddressLimiter } from "./address-limiter";
export type { CallerLimiter } from "./caller-limiter";
export { consumeOrRefuse } from "./consume-or-refuse";
export { FairTurns, type Party, partyByItself, partyOf, SharedPlaces } from "./fair-share";
export { Limits } from "./limits";
export { SignInThrottle, type ThrottleStore, type ThrottleSubject } from "./sign-in-throttle";
