import { passkeyOptionsOutput } from "../../contract/passkeys";
import { tokenOutput } from "../../contract/schemas";
import {
  askSignUpInput,
  askSignUpOutput,
  invitationCodeInput,
  invitationFactsOutput,
  signUpInput,
  signUpOptionsInput,
  verifySignUpInput,
} from "../../contract/sign-up";
import { callerOf } from "../request/caller";
import { open } from "./access";
import { deliver, requireDeliverable } from "./deliver";
import { mutation } from "./endpoint";
import { inSeconds } from "./present";

// A mutation, though it changes nothing: a query would carry the code in its address.
export const invitation = mutation({
  address: "POST /api/auth/invitation",
  access: open,
  group: "Sign-in",
  summary: "What an invitation is for. It is not used up",
  answers: "Who invites, to what, until when, and the rule for passwords.",
  refusals: ["invalid_invitation"],
  input: invitationCodeInput,
  output: invitationFactsOutput,
  async run({ services: { invitations, environment }, input }) {
    const { inviter, roles, expiresAt } = await invitations.requireOpen(input.invitation);
    return {
      invited_by: inviter?.displayName ?? null,
      roles: [...roles],
      expires_at: inSeconds(expiresAt),
      password_min_length: environment.passwordMinLength,
    };
  },
});

export const signUpOptions = mutation({
  address: "POST /api/auth/sign-up/options",
  access: open,
  group: "Sign-in",
  summary: "What a browser needs to make the passkey that an account is made with (WebAuthn Level 3)",
  answers: "The options. Their challenge serves this sign-up once, from the same device, for five minutes.",
  refusals: [
    "invalid_ticket",
    "invalid_invitation",
    "username_taken",
    "captcha_required",
    "captcha_failed",
    "invalid_dpop_proof",
  ],
  input: signUpOptionsInput,
  output: passkeyOptionsOutput,
  run: async ({ services: { signUp: way }, caller, input }) => ({
    options: await way.passkeyOptions(input, await callerOf(caller)),
  }),
});

export const signUp = mutation({
  address: "POST /api/auth/sign-up",
  access: open,
  group: "Sign-in",
  summary: "Make an account with an invitation, and sign in to it",
  answers: "Tokens of the first session.",
  status: 201,
  refusals: [
    "invalid_ticket",
    "invalid_invitation",
    "username_taken",
    "weak_password",
    "invalid_passkey",
    "captcha_required",
    "captcha_failed",
    "second_factor_required",
    "deletion_pending",
    "invalid_dpop_proof",
    "too_many_attempts",
  ],
  input: signUpInput,
  output: tokenOutput,
  async run({ services: { environment, signUp: way }, caller, input }) {
    const delivery = input.delivery ?? "body";
    await requireDeliverable(caller, environment, delivery);
    return deliver(caller, await way.signUp(input, await callerOf(caller)), delivery);
  },
});

export const askSignUp = mutation({
  address: "POST /api/auth/sign-up/email",
  access: open,
  group: "Sign-in",
  summary: "Mail a code with which somebody without an invitation makes an account",
  answers: "A mail is on its way: a code, or that there is an account with this address already.",
  status: 202,
  refusals: [
    "forbidden",
    "invalid_ticket",
    "captcha_required",
    "captcha_failed",
    "invalid_dpop_proof",
    "too_many_attempts",
  ],
  input: askSignUpInput,
  output: askSignUpOutput,
  async run({ services, caller, input }) {
    const wanted = { ...input, locale: input.locale ?? "en" };
    const asked = await services.openSignUp.ask(wanted, await callerOf(caller));
    return { verification_id: asked.verificationId, expires_in: asked.expiresInSeconds };
  },
});

export const verifySignUp = mutation({
  address: "POST /api/auth/sign-up/verify",
  access: open,
  group: "Sign-in",
  summary: "Make an account with the code of the mail, in the browser that asked, and sign in to it",
  answers: "Tokens of the first session. The account has the address.",
  status: 201,
  refusals: [
    "forbidden",
    "invalid_ticket",
    "invalid_code",
    "username_taken",
    "weak_password",
    "captcha_required",
    "captcha_failed",
    "second_factor_required",
    "invalid_dpop_proof",
    "too_many_attempts",
  ],
  input: verifySignUpInput,
  output: tokenOutput,
  async run({ services: { environment, openSignUp }, caller, input }) {
    const delivery = input.delivery ?? "body";
    await requireDeliverable(caller, environment, delivery);
    return deliver(caller, await openSignUp.complete(input, await callerOf(caller)), delivery);
  },
});
