export { CaptchaStep } from "./captcha-step";
export { type Caller, SignIn } from "./sign-in";
