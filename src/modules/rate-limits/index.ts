export { addressKey } from "./address-key";
export { consumeOrRefuse } from "./consume-or-refuse";
export {
  SignInThrottle,
  type ThrottleRecord,
  type ThrottleStore,
  type ThrottleSubject,
} from "./sign-in-throttle";
