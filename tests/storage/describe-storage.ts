import { accountPromises } from "./accounts";
import { deletionPromises } from "./deletions";
import { driverPromises } from "./driver";
import { emailPromises } from "./emails";
import { importPromises } from "./imports";
import { invitationListPromises } from "./invitation-lists";
import { invitationPromises } from "./invitations";
import { knownDevicePromises } from "./known-devices";
import { mailRecoveryPromises } from "./mail-recoveries";
import { mailPromises } from "./mails";
import { newUserPromises } from "./new-users";
import type { OpenStorage } from "./open-storage";
import { passkeyPromises } from "./passkeys";
import { qrLoginPromises } from "./qr-logins";
import { recordPromises } from "./records";
import { secondFactorPromises } from "./second-factors";
import { serverKeyPromises } from "./server-keys";
import { sessionPromises } from "./sessions";
import { signUpRequestPromises } from "./sign-up-requests";
import { throttlePromises } from "./throttles";
import { ticketPromises } from "./tickets";

/**
 * What every store promises, whichever database it is on: each change one compare-and-set, races won once, ends judged in
 * the statement.
 *
 * @param open opens a fresh database, migrated and empty
 */
export function describeStorage(open: OpenStorage): void {
  driverPromises(open);
  accountPromises(open);
  newUserPromises(open);
  deletionPromises(open);
  sessionPromises(open);
  qrLoginPromises(open);
  ticketPromises(open);
  throttlePromises(open);
  knownDevicePromises(open);
  serverKeyPromises(open);
  secondFactorPromises(open);
  passkeyPromises(open);
  invitationPromises(open);
  invitationListPromises(open);
  recordPromises(open);
  mailPromises(open);
  emailPromises(open);
  mailRecoveryPromises(open);
  importPromises(open);
  signUpRequestPromises(open);
}
