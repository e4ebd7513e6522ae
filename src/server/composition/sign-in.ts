import { AccountAdministration, Accounts, Directory, RefusedActs, SetupLink } from "../../modules/accounts";
import type { Clients } from "../../modules/clients";
import { Deletion, type DeletionOptions } from "../../modules/deletion";
import { PeopleImport } from "../../modules/imports";
import { InvitationLists, type InvitationMails, Invitations } from "../../modules/invitations";
import type { MailKind, OutgoingMailRecord } from "../../modules/mail";
import { Passkeys } from "../../modules/passkeys";
import { createPasswordHasher } from "../../modules/passwords";
import { SignInThrottle } from "../../modules/rate-limits";
import { Recovery } from "../../modules/recovery";
import { Sealer } from "../../modules/sealed";
import { SecondFactorChallenges, SecondFactors } from "../../modules/second-factor";
import type { Sessions } from "../../modules/sessions";
import {
  CaptchaStep,
  OpenSignUp,
  ownCountOf,
  Reauthentication,
  SignIn,
  type SignInOptions,
  SignUp,
} from "../../modules/sign-in";
import type { SignUpRequests } from "../../modules/sign-up-requests";
import type { Tickets } from "../../modules/tickets";
import type { ServerKeys } from "../../modules/tokens";
import { CaptchaThread } from "../../platform/threads/captcha-thread";
import { workerFile } from "../../platform/threads/worker-file";
import type { Environment } from "../settings/environment";
import type { Foundation } from "./foundation";

/** Accounts, and the way to a session by password. */
export interface SignInParts {
  readonly accounts: Accounts;
  readonly accountAdministration: AccountAdministration;
  readonly recovery: Recovery;
  readonly directory: Directory;
  readonly peopleImport: PeopleImport;
  readonly setupLink: SetupLink;
  readonly invitations: Invitations;
  readonly invitationLists: InvitationLists;
  readonly captcha: CaptchaStep;
  readonly captchaThread: CaptchaThread;
  readonly throttle: SignInThrottle;
  readonly signIn: SignIn;
  readonly signUp: SignUp;
  readonly reauthentication: Reauthentication;
  readonly refusedActs: RefusedActs;
  readonly deletion: Deletion;
  readonly openSignUp: OpenSignUp;
  readonly passkeys: Passkeys;
  readonly secondFactors: SecondFactors;
  readonly secondFactorChallenges: SecondFactorChallenges;
}

export interface SignInPartsOptions {
  readonly sessions: Sessions;
  readonly tickets: Tickets;
  readonly keys: ServerKeys;
  readonly clients: Clients;
  readonly threadsDir: string | undefined;
  readonly signUpRequests: SignUpRequests;
  readonly invitationMails: InvitationMails;
  readonly mailsOfDeletion: Pick<DeletionOptions, "mailsTo" | "nudge">;
  /** Mails to an account's addresses, for the change that they tell of. */
  readonly noticesTo: (userId: string, kind: MailKind) => Promise<readonly OutgoingMailRecord[]>;
}

/** Of one administrator, as rows. */
const REFUSED_ACTS_PER_HOUR = 30;

/** In an hour. */
const RENAMES_OF_ACCOUNT = 10;

export function composeSignIn(foundation: Foundation, options: SignInPartsOptions): SignInParts {
  const { environment, stores, keyFor, clock, random, events, audit, limits, log } = foundation;
  const { sessions, tickets, keys, clients } = options;
  const { knownDevices } = stores;
  const hasher = createPasswordHasher();
  const throttle = new SignInThrottle({ store: stores.throttles, clock, key: keyFor("throttle") });
  const forget = async (usernameKey: string, ownCountOf: string | null) => {
    await throttle.forget({ usernameKey, ownCountOf });
    await throttle.forget({ usernameKey, ownCountOf, guessed: "codes" });
  };
  const forgetFailures = (usernameKey: string) => forget(usernameKey, null);
  const endWaitingSignIns = async (userId: string) => {
    await secondFactorChallenges.endAllOf(userId);
    await stores.mailRecoveries.endAllOf(userId);
  };
  const forgetDevices = (userId: string, exceptKeyThumbprint: string | null) =>
    knownDevices.forgetAllOf(userId, exceptKeyThumbprint);
  const forPasswords = {
    hasher,
    passwordMinLength: environment.passwordMinLength,
    serviceWords: serviceWordsOf(environment),
  };
  const accounts = new Accounts({
    store: stores.accounts,
    ...{ ...forPasswords, sessions, audit, events, clock, random },
    renames: limits.byKey("username_changes", RENAMES_OF_ACCOUNT),
    ...{ forgetFailures, endWaitingSignIns, forgetDevices, noticesTo: options.noticesTo },
    async forgetAllFailures({ id, usernameKey }) {
      const ofSessions = (await sessions.listLive(id)).map(ownCountOf);
      const counts = new Set([null, ...(await knownDevices.listOf(id)), ...ofSessions]);
      for (const one of counts) await forget(usernameKey, one);
    },
  });
  const directory = new Directory({
    store: stores.accounts,
    findSession: (id) => stores.sessions.find(id),
  });
  const recovery = new Recovery({
    store: stores.accounts,
    ...{ ...forPasswords, sessions, tickets, keys, audit, clock, random },
    attempts: limits.byAddress("recoveries", environment.addressFailuresPerQuarterHour),
    ...{ forgetFailures, endWaitingSignIns, forgetDevices },
    mailsTo: (userId) => options.noticesTo(userId, "password_recovered"),
  });
  const accountAdministration = new AccountAdministration({
    store: stores.accounts,
    ...{ accounts, sessions, audit, events, clock, random, forgetFailures },
  });
  const refusedActs = new RefusedActs({ audit, rows: limits.byKey("refused_acts", REFUSED_ACTS_PER_HOUR) });
  const captchaThread = new CaptchaThread({ file: workerFile(options.threadsDir, "captcha"), random, log });
  const captcha = new CaptchaStep({
    store: stores.tickets,
    clock,
    random,
    key: keyFor("captcha"),
    drawCaptcha: () => captchaThread.draw(),
    drawLimiter: limits.byCaller("captcha_draws", environment.captchaDrawsPerMinute),
    challengeLimiter: limits.byCaller("captcha_challenges", environment.captchaChallengesPerMinute),
  });
  const passkeys = new Passkeys({
    passkeys: stores.passkeys,
    challenges: stores.passkeyChallenges,
    relyingParty: environment.relyingParty,
    ...{ audit, clock, random, events, noticesTo: options.noticesTo },
  });
  const secondFactors = composeSecondFactors(foundation, passkeys, options.noticesTo);
  const secondFactorChallenges = new SecondFactorChallenges({
    challenges: stores.secondFactorChallenges,
    ...{ clock, random },
  });
  const invitationOptions = {
    store: stores.invitations,
    isOpen: environment.signUp.for !== "off",
    mails: options.invitationMails,
    ...{ audit, clock, random },
  };
  const invitations = new Invitations(invitationOptions);
  const deletion = new Deletion({
    store: stores.accounts,
    sealer: new Sealer({ secrets: foundation.secrets, random, purpose: "keep-account" }),
    ...{ sessions, audit, events, clock, endWaitingSignIns },
    ...options.mailsOfDeletion,
  });
  const signInOptions: SignInOptions = {
    deletion,
    secondFactors,
    secondFactorChallenges,
    nameOfClient: (clientId) => clients.nameOf(clientId),
    isRegisteredSince: (clientId, then) => clients.isRegisteredSince(clientId, then),
    tickets,
    captcha,
    captchaMode: environment.captchaMode,
    keys,
    accounts,
    hasher,
    throttle,
    knownDevices,
    passkeys,
    sessions,
    audit,
    clock,
    addressAttempts: limits.byAddress("address_attempts", environment.addressFailuresPerQuarterHour),
    addressFailures: limits.byAddress("address_failures", environment.addressFailuresPerQuarterHour),
    ticketLimiter: limits.byCaller("sign_in_tickets", environment.ticketsPerMinute),
  };
  const signIn = new SignIn(signInOptions);
  const signUp = new SignUp({ ...signInOptions, invitations });
  const reauthentication = new Reauthentication(signInOptions);
  const openSignUp = new OpenSignUp({ ...signInOptions, requests: options.signUpRequests });
  const setupLink = new SetupLink({ store: stores.setupLinks, accounts, audit, clock, random });
  return {
    ...{
      accounts,
      accountAdministration,
      setupLink,
      invitations,
      recovery,
      directory,
      captcha,
      captchaThread,
      throttle,
      signIn,
      signUp,
      reauthentication,
      refusedActs,
      deletion,
      openSignUp,
      passkeys,
    },
    ...{ secondFactors, secondFactorChallenges },
    invitationLists: new InvitationLists(invitationOptions),
    peopleImport: new PeopleImport({ store: stores.imports, audit, clock, random }),
  };
}

function composeSecondFactors(
  foundation: Foundation,
  passkeys: Passkeys,
  noticesTo: SignInPartsOptions["noticesTo"],
): SecondFactors {
  const { environment, stores, secrets, clock, random, events, audit } = foundation;
  return new SecondFactors({
    store: stores.secondFactors,
    policy: environment.secondFactor,
    sealer: new Sealer({ secrets, random, purpose: "totp" }),
    issuer: environment.appUrl.hostname,
    hasPasskeys: (userId) => passkeys.hasUsable(userId),
    ...{ noticesTo, secrets, audit, events, clock, random },
  });
}

/** Words that everyone would try first here. */
function serviceWordsOf({ appUrl }: Environment): string[] {
  return ["countersign", ...appUrl.hostname.split(".").filter((word) => word.length > 3)];
}
