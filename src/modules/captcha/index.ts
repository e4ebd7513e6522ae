export { captchaAlphabet } from "./glyphs";
export { captchaImageSize, type DrawnCaptcha, drawCaptcha } from "./image";
export {
  type CaptchaMode,
  type CaptchaRung,
  kindsForRung,
  requiredRung,
} from "./ladder";
export { normaliseCaptchaAnswer } from "./normalise-answer";
export { createPowChallenge, type PowChallenge, type PowRung, verifyPowAnswer } from "./proof-of-work";
