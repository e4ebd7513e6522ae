export type { Caller } from "./attempts";
export { CaptchaStep } from "./captcha-step";
export { OpenSignUp } from "./open-sign-up";
export { ownCountOf } from "./password-check";
export { Reauthentication } from "./reauthentication";
export type { Completed } from "./second-step";
export { SignIn, type SignInOptions } from "./sign-in";
export { SignUp } from "./sign-up";
