import { completeRecoveryInput, resetTokenInput, resetTokenOutput } from "../../contract/recovery";
import { callerOf } from "../request/caller";
import { open } from "./access";
import { mutation } from "./endpoint";

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
