import { addEmailInput, addEmailOutput, emailInPath, verifyEmailInput } from "../../contract/emails";
import { session } from "./access";
import { mutation } from "./endpoint";

export const add = mutation({
  address: "POST /api/auth/emails",
  access: session,
  group: "Account",
  summary: "Send a code to a mail address that the account is to have",
  answers:
    "A code is on its way, if the address can be had. Until it is verified, the address counts for nothing.",
  status: 202,
  refusals: ["step_up_required", "too_many_attempts"],
  input: addEmailInput,
  output: addEmailOutput,
  async run({ services, input, user, session: own }) {
    await services.secondFactors.requireOpen({ user, session: own });
    return { expires_in: await services.emails.ask(user, input.email, input.locale ?? "en") };
  },
});

export const verify = mutation({
  address: "POST /api/auth/emails/verify",
  access: session,
  group: "Account",
  summary: "Verify a mail address by the code that was sent to it",
  answers: "The address counts: one can sign in with it.",
  refusals: ["invalid_code"],
  input: verifyEmailInput,
  async run({ services, caller, input, user, session: own }) {
    await services.emails.verify(user, input.email, input.code, {
      sessionId: own.id,
      address: caller.address,
    });
  },
});

export const remove = mutation({
  address: "DELETE /api/auth/emails/{email}",
  access: session,
  group: "Account",
  summary: "Take a mail address from the account",
  answers: "It is removed. All addresses of the account hear of it.",
  refusals: ["step_up_required", "not_found"],
  input: emailInPath,
  async run({ services, caller, input, user, session: own }) {
    await services.secondFactors.requireOpen({ user, session: own });
    await services.emails.remove(user, input.email, { sessionId: own.id, address: caller.address });
  },
});
