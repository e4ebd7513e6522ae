import {
  changePasswordInput,
  setupInput,
  setupOutput,
  setupStatusOutput,
  stepUpInput,
  stepUpOutput,
} from "../../contract/schemas";
import { requireSettingsOpen, STEP_UP_LIFETIME_IN_SECONDS } from "../../modules/assurance";
import { DomainError } from "../../modules/domain-error";
import { callerOf } from "../request/caller";
import { open, session } from "./access";
import { mutation, query } from "./endpoint";

const passwordRefusals = ["invalid_ticket", "invalid_credentials", "too_many_attempts"] as const;

export const changePassword = mutation({
  address: "POST /api/auth/password",
  access: session,
  group: "Account",
  summary: "Change the password, or set a first one; ends the other sessions",
  answers: "It is changed.",
  refusals: [...passwordRefusals, "weak_password", "step_up_required"],
  input: changePasswordInput,
  async run({ services, caller, input, user, session: own }) {
    requireSettingsOpen(own, services.clock.now());
    await services.reauthentication.changePassword(input, { user, session: own }, await callerOf(caller));
  },
});

export const stepUp = mutation({
  address: "POST /api/auth/step-up",
  access: session,
  group: "Account",
  summary: "Prove again who you are; opens account settings for ten minutes",
  answers: "For how long.",
  refusals: [...passwordRefusals, "invalid_passkey", "invalid_code"],
  input: stepUpInput,
  output: stepUpOutput,
  async run({ services, caller, input, user, session: own }) {
    await services.reauthentication.stepUp(input, { user, session: own }, await callerOf(caller));
    return { expires_in: STEP_UP_LIFETIME_IN_SECONDS };
  },
});

export const setupStatus = query({
  address: "GET /api/auth/setup",
  access: open,
  group: "Account",
  summary: "What the first-run page shows, while no account exists",
  answers: "Addresses and rules.",
  refusals: ["setup_closed"],
  output: setupStatusOutput,
  async run({ services: { accounts, environment }, caller }) {
    // Once there is an account this tells strangers nothing any more.
    if (await accounts.hasAny()) throw new DomainError("setup_closed");
    return {
      open: true,
      app_url: environment.appUrl.origin,
      client_address: caller.address,
      password_min_length: environment.passwordMinLength,
    };
  },
});

export const setUp = mutation({
  address: "POST /api/auth/setup",
  access: open,
  group: "Account",
  summary: "Make the owner's account with the one-time secret",
  answers: "The account is there.",
  status: 201,
  refusals: ["weak_password", "setup_closed"],
  input: setupInput,
  output: setupOutput,
  async run({ services, caller, input }) {
    const { secret, username, display_name: displayName, password } = input;
    const owner = { username, displayName, password };
    const account = await services.setupLink.claim(secret, owner, caller.address);
    return { username: account.username };
  },
});
