import type { Accounts } from "../../modules/accounts";
import type { Clients } from "../../modules/clients";
import type { Passkeys } from "../../modules/passkeys";
import {
  Approvals,
  QrClaims,
  QrRedemptions,
  QrRequests,
  type QrRows,
  QrWatch,
  TypedCodes,
} from "../../modules/qr-login";
import type { Sessions } from "../../modules/sessions";
import type { EventStreams } from "./event-streams";
import type { Foundation } from "./foundation";

/** Sign-in by QR code: the computer's half, the phone's, the last step, and who waits. */
export interface QrParts {
  readonly qrRequests: QrRequests;
  readonly qrClaims: QrClaims;
  readonly qrRedemptions: QrRedemptions;
  readonly qrWatch: QrWatch;
  readonly approvals: Approvals;
}

export interface QrPartsOptions {
  readonly rows: QrRows;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly clients: Clients;
  readonly passkeys: Passkeys;
  readonly streams: EventStreams;
}

export function composeQr(
  foundation: Foundation,
  { clients, passkeys, streams, ...parts }: QrPartsOptions,
): QrParts {
  const { environment, database, stores, keyFor, clock, random, events, audit, limits } = foundation;
  const store = stores.qrLogins;
  const { knownDevices } = stores;
  const approvals = new Approvals({ policy: environment.approvals, passkeys, knownDevices });
  const common = {
    ...parts,
    store,
    audit,
    clock,
    random,
    key: keyFor("qr-login"),
    isRegisteredSince: (clientId: string, then: Date) => clients.isRegisteredSince(clientId, then),
    nameOfClient: (clientId: string) => clients.nameOf(clientId),
  };
  return {
    approvals,
    qrRequests: new QrRequests({
      ...common,
      maxLivePerAddress: environment.liveQrCodesPerAddress,
      creationLimiter: limits.byCaller("qr_codes", environment.qrCodesPerMinute),
      isKnownDevice: (keyThumbprint) => knownDevices.isKnown(keyThumbprint),
      matchCodeLimiter: limits.byKey("wrong_match_codes", environment.wrongMatchCodesPerQuarterHour),
    }),
    qrClaims: new QrClaims({
      ...common,
      approvals,
      proxies: environment.trustedProxies,
      claimLimiter: limits.byKey("qr_claims", environment.qrClaimsPerMinute),
      typedCodes: new TypedCodes({
        ...common,
        wrongCodesOfUser: limits.byKey(
          "wrong_user_codes_of_user",
          environment.wrongUserCodesPerQuarterHour.user,
        ),
        wrongCodesOfAddress: limits.byAddress(
          "wrong_user_codes_of_address",
          environment.wrongUserCodesPerQuarterHour.address,
        ),
      }),
    }),
    qrRedemptions: new QrRedemptions(common),
    qrWatch: new QrWatch({
      store,
      clock,
      events,
      streams,
      awaitedRows: foundation.shared.awaitedRows,
      onDisk: () => database.onDisk(),
    }),
  };
}
