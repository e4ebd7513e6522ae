import { type CaptchaMode, type CaptchaRung, requiredRung } from "../captcha";
import type { KnownDeviceStore } from "../devices";
import type { AddressLimiter, SignInThrottle, ThrottleSubject } from "../rate-limits";
import type { Caller } from "./attempts";

export interface RiskOptions {
  readonly captchaMode: CaptchaMode;
  readonly knownDevices: KnownDeviceStore;
  readonly throttle: SignInThrottle;
  /** Wrong secrets by address. */
  readonly addressFailures: AddressLimiter;
}

/** The check that this caller has to pass. @param subject whose password is tried; undefined before that is known */
export async function rungFor(
  { knownDevices, throttle, addressFailures, captchaMode }: RiskOptions,
  caller: Caller,
  subject: ThrottleSubject | undefined,
): Promise<CaptchaRung> {
  const deviceIsKnown = subject
    ? subject.ownCountOf !== null
    : caller.keyThumbprint !== null && (await knownDevices.isKnown(caller.keyThumbprint));
  return requiredRung({
    mode: captchaMode,
    deviceIsKnown,
    accountFailures: subject ? await throttle.failuresOf(subject) : 0,
    // Who else is at its address is no sign against a device that is known.
    addressFailures: deviceIsKnown ? 0 : await addressFailures.count(caller.address),
  });
}
