export { CaptchaStep } from "./captcha-step";
export type { Caller } from "./password-check";
export { ownCountOf } from "./password-check";
export { SignIn } from "./sign-in";
