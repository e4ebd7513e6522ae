export { addressKey } from "./address-key";
export {
  SignInThrottle,
  type ThrottleRecord,
  type ThrottleStore,
  type ThrottleSubject,
} from "./sign-in-throttle";
