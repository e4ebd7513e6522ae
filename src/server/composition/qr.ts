import type { Accounts } from "../../modules/accounts";
import type { Clients } from "../../modules/clients";
import { QrClaims, QrRedemptions, QrRequests, type QrRows, QrWatch } from "../../modules/qr-login";
import { AddressLimiter, CallerLimiter } from "../../modules/rate-limits";
import type { Sessions } from "../../modules/sessions";
import { createMemoryRateLimiter } from "../../platform/system";
import type { EventStreams } from "./event-streams";
import type { Foundation } from "./foundation";

/** Sign-in by QR code: the computer's half, the phone's, the last step, and who waits. */
export interface QrParts {
  readonly qrRequests: QrRequests;
  readonly qrClaims: QrClaims;
  readonly qrRedemptions: QrRedemptions;
  readonly qrWatch: QrWatch;
}

export interface QrPartsOptions {
  readonly rows: QrRows;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly clients: Clients;
  readonly streams: EventStreams;
}

export function composeQr(foundation: Foundation, { clients, streams, ...parts }: QrPartsOptions): QrParts {
  const { environment, database, stores, keyFor, clock, random, events, audit } = foundation;
  const perMinute = (points: number) => createMemoryRateLimiter({ points, windowInSeconds: 60 });
  const perQuarterHour = (points: number) => createMemoryRateLimiter({ points, windowInSeconds: 900 });
  const store = stores.qrLogins;
  const isKnownDevice = (keyThumbprint: string) => stores.knownDevices.isKnown(keyThumbprint);
  const common = {
    ...parts,
    store,
    audit,
    clock,
    random,
    key: keyFor("qr-login"),
    isRegisteredSince: (clientId: string, then: Date) => clients.isRegisteredSince(clientId, then),
  };
  return {
    qrRequests: new QrRequests({
      ...common,
      maxLivePerAddress: environment.liveQrCodesPerAddress,
      creationLimiter: new CallerLimiter({
        create: perMinute,
        points: environment.qrCodesPerMinute,
        isKnown: isKnownDevice,
      }),
      isKnownDevice,
      matchCodeLimiter: perQuarterHour(environment.wrongMatchCodesPerQuarterHour),
    }),
    qrClaims: new QrClaims({
      ...common,
      proxies: environment.trustedProxies,
      claimLimiter: perMinute(environment.qrClaimsPerMinute),
      wrongCodesOfUser: perQuarterHour(environment.wrongUserCodesPerQuarterHour.user),
      wrongCodesOfAddress: new AddressLimiter(
        perQuarterHour,
        environment.wrongUserCodesPerQuarterHour.address,
      ),
    }),
    qrRedemptions: new QrRedemptions(common),
    qrWatch: new QrWatch({ store, clock, events, streams, onDisk: () => database.onDisk() }),
  };
}
