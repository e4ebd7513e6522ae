import type { Driver } from "../driver";
import { createAccountStore } from "./account-store";
import { createAuditStore } from "./audit-store";
import { createClientStore } from "./client-store";
import { createEmailStore } from "./email-store";
import { createImportStore } from "./import-store";
import { createInvitationStore } from "./invitation-store";
import { createMailRecoveryStore } from "./mail-recovery-store";
import { createMailStore } from "./mail-store";
import { createPasskeyChallengeStore, createPasskeyStore } from "./passkey-store";
import { createPersonalDataStore } from "./personal-data-store";
import { createQrLoginStore } from "./qr-login-store";
import { createSecondFactorChallengeStore, createSecondFactorStore } from "./second-factor-store";
import { createSessionStore } from "./session-store";
import { createSignUpRequestStore } from "./sign-up-request-store";
import { createSiteCodeStore } from "./site-code-store";
import {
  createAcknowledgementStore,
  createKnownDeviceStore,
  createServerKeyStore,
  createSetupLinkStore,
  createThrottleStore,
  createUsedProofStore,
} from "./small-stores";
import { createTicketStore } from "./ticket-store";

export type Stores = ReturnType<typeof createStores>;

/** All stores of the domain, on one database. */
export function createStores(driver: Driver) {
  return {
    accounts: createAccountStore(driver),
    acknowledgements: createAcknowledgementStore(driver),
    audit: createAuditStore(driver),
    clients: createClientStore(driver),
    imports: createImportStore(driver),
    invitations: createInvitationStore(driver),
    emails: createEmailStore(driver),
    knownDevices: createKnownDeviceStore(driver),
    mailRecoveries: createMailRecoveryStore(driver),
    mails: createMailStore(driver),
    passkeyChallenges: createPasskeyChallengeStore(driver),
    passkeys: createPasskeyStore(driver),
    personalData: createPersonalDataStore(driver),
    qrLogins: createQrLoginStore(driver),
    secondFactorChallenges: createSecondFactorChallengeStore(driver),
    secondFactors: createSecondFactorStore(driver),
    serverKeys: createServerKeyStore(driver),
    sessions: createSessionStore(driver),
    siteCodes: createSiteCodeStore(driver),
    signUpRequests: createSignUpRequestStore(driver),
    setupLinks: createSetupLinkStore(driver),
    throttles: createThrottleStore(driver),
    tickets: createTicketStore(driver),
    usedProofs: createUsedProofStore(driver),
  };
}
