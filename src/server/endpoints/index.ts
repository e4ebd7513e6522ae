import { changePassword, setUp, setupStatus, stepUp } from "./account";
import { activity } from "./activity";
import * as administration from "./administration";
import * as audit from "./audit";
import * as clients from "./clients";
import { keepAccount, remove as removeAccount } from "./deletion";
import * as emails from "./emails";
import type { Endpoint } from "./endpoint";
import * as invitationLists from "./invitation-lists";
import * as invitations from "./invitations";
import * as passkeys from "./passkeys";
import * as qr from "./qr";
import * as recovery from "./recovery";
import { enrol, secondFactor } from "./second-factor";
import * as security from "./security";
import { health, ready, serverTime } from "./service";
import * as sessions from "./sessions";
import { captchaChallenge, login, logout, me, refresh, ticket } from "./sign-in";
import { askSignUp, invitation, signUp, signUpOptions, verifySignUp } from "./sign-up";
import * as site from "./site";
import * as system from "./system";
import { change, exportData } from "./user";

/** The operations of both faces. On the typed face an operation's name is its place here: `sessions.list`. */
export const endpoints = {
  auth: {
    ...{ serverTime, ticket, login, secondFactor, enrol, keepAccount },
    ...{ invitation, signUpOptions, signUp, askSignUp, verifySignUp },
    ...{ refresh, logout, me, stepUp },
  },
  sessions,
  qr,
  account: { changePassword, remove: removeAccount, export: exportData, activity },
  invitations,
  invitationLists,
  clients,
  passkeys,
  emails,
  security,
  recovery,
  administration,
  audit,
  system,
  site,
  user: { change },
};

/** Operations that only the plain face has: the typed client has no use for them. */
const plainOnly: readonly Endpoint[] = [health, ready, captchaChallenge, setupStatus, setUp];

export const everyEndpoint: readonly Endpoint[] = [
  ...Object.values(endpoints).flatMap((group): Endpoint[] => Object.values(group)),
  ...plainOnly,
];
