export { captchaAlphabet } from "./glyphs";
export { type CaptchaImage, captchaImageSize, type DrawnCaptcha, drawCaptcha } from "./image";
export {
  type CaptchaMode,
  type CaptchaRung,
  kindsForRung,
  type Risk,
  requiredRung,
} from "./ladder";
export { normaliseCaptchaAnswer } from "./normalise-answer";
export { createPowChallenge, type PowChallenge, type PowRung, verifyPowAnswer } from "./proof-of-work";
