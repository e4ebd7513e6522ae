import type { EventBus } from "../modules/ports";
import {
  QrClaims,
  type QrClaimsOptions,
  QrRedemptions,
  type QrRedemptionsOptions,
  QrRequests,
  type QrRequestsOptions,
} from "../modules/qr-login";
import { createMemoryRateLimiter } from "../platform/system";
import type { Environment } from "./environment";
import { QrWatch } from "./qr-watch";

/** Sign-in by QR code: the computer's half, the phone's, the last step, and who waits. */
export interface QrParts {
  readonly qrRequests: QrRequests;
  readonly qrClaims: QrClaims;
  readonly qrRedemptions: QrRedemptions;
  readonly qrWatch: QrWatch;
}

type AllOptions = QrRequestsOptions & QrClaimsOptions & QrRedemptionsOptions;

/** What all of them are made of; the limits come from the environment. */
export interface QrIngredients
  extends Pick<
    AllOptions,
    "store" | "rows" | "accounts" | "sessions" | "isRegisteredSince" | "audit" | "clock" | "random" | "key"
  > {
  readonly environment: Environment;
  readonly events: EventBus;
}

export function composeQr({ environment, events, ...parts }: QrIngredients): QrParts {
  const perMinute = (points: number) => createMemoryRateLimiter({ points, windowInSeconds: 60 });
  const perQuarterHour = (points: number) => createMemoryRateLimiter({ points, windowInSeconds: 900 });
  return {
    qrRequests: new QrRequests({
      ...parts,
      maxLivePerAddress: environment.liveQrCodesPerAddress,
      creationLimiter: perMinute(environment.qrCodesPerMinute),
      matchCodeLimiter: perQuarterHour(environment.wrongMatchCodesPerQuarterHour),
    }),
    qrClaims: new QrClaims({
      ...parts,
      proxies: environment.trustedProxies,
      claimLimiter: perMinute(environment.qrClaimsPerMinute),
      wrongCodesOfUser: perQuarterHour(environment.wrongUserCodesPerQuarterHour.user),
      wrongCodesOfAddress: perQuarterHour(environment.wrongUserCodesPerQuarterHour.address),
    }),
    qrRedemptions: new QrRedemptions(parts),
    qrWatch: new QrWatch({ store: parts.store, clock: parts.clock, events }),
  };
}
