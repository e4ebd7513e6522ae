export { addressKeys, SITE_SHARES } from "./address-key";
export { AddressLimiter } from "./address-limiter";
export { CallerLimiter } from "./caller-limiter";
export { consumeOrRefuse } from "./consume-or-refuse";
export { FairTurns, type Party, partyByItself, partyOf, SharedPlaces } from "./fair-share";
export {
  MAX_CONSECUTIVE_FAILURES,
  SignInThrottle,
  type ThrottleStore,
  type ThrottleSubject,
} from "./sign-in-throttle";
