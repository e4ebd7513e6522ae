export { addressKey } from "./address-key";
export { consumeOrRefuse } from "./consume-or-refuse";
export {
  MAX_CONSECUTIVE_FAILURES,
  SignInThrottle,
  type ThrottleStore,
  type ThrottleSubject,
} from "./sign-in-throttle";
