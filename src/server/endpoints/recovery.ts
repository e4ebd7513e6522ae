import {
  askRecoveryInput,
  askRecoveryOutput,
  completeRecoveryInput,
  resetTokenInput,
  resetTokenOutput,
  verifyRecoveryInput,
  verifyRecoveryOutput,
} from "../../contract/recovery";
import { callerOf } from "../request/caller";
import { open } from "./access";
import { mutation } from "./endpoint";

export const ask = mutation({
  address: "POST /api/auth/recovery",
  access: open,
  group: "Sign-in",
  summary: "Mail a code that gets a user who has forgotten the password back in",
  answers: "A code is on its way, if there is such an account and it has a verified address.",
  status: 202,
  refusals: [
    "invalid_ticket",
    "captcha_required",
    "captcha_failed",
    "invalid_dpop_proof",
    "too_many_attempts",
    "forbidden",
  ],
  input: askRecoveryInput,
  output: askRecoveryOutput,
  async run({ services, caller, input }) {
    const by = await callerOf(caller);
    await services.signIn.redeemTicket(input, by);
    const asked = await services.mailRecovery.ask(input.identifier, input.locale ?? "en", by);
    return { recovery_id: asked.recoveryId, expires_in: asked.expiresInSeconds };
  },
});

export const verify = mutation({
  address: "POST /api/auth/recovery/verify",
  access: open,
  group: "Sign-in",
  summary: "Get a reset token for the code of a recovery mail, in the browser that asked",
  answers: "The reset token.",
  refusals: ["invalid_code", "invalid_dpop_proof"],
  input: verifyRecoveryInput,
  output: verifyRecoveryOutput,
  async run({ services, caller, input }) {
    const by = await callerOf(caller);
    const issued = await services.mailRecovery.verify(input.recovery_id, input.code, by);
    return { reset_token: issued.resetToken, expires_in: issued.expiresInSeconds };
  },
});

// A mutation, though it changes nothing: the typed face would put the token of a query into the address.
export const check = mutation({
  address: "POST /api/auth/recovery/check",
  access: open,
  group: "Sign-in",
  summary: "Whose password a reset token sets; it stays unused",
  answers: "The account.",
  refusals: ["invalid_reset_token", "too_many_attempts"],
  input: resetTokenInput,
  output: resetTokenOutput,
  async run({ services, caller, input }) {
    const { username } = await services.recovery.find(input.reset_token, caller);
    return { username };
  },
});

export const complete = mutation({
  address: "POST /api/auth/recovery/complete",
  access: open,
  group: "Sign-in",
  summary: "Set a new password with a reset token; ends all sessions",
  answers: "It is set. Second factors stay as they are.",
  refusals: [
    "invalid_reset_token",
    "weak_password",
    "invalid_ticket",
    "invalid_dpop_proof",
    "too_many_attempts",
  ],
  input: completeRecoveryInput,
  async run({ services, caller, input: { reset_token: resetToken, ...password } }) {
    await services.recovery.complete(resetToken, password, await callerOf(caller));
  },
});
