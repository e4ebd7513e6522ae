import { deletionOutput, keepAccountInput } from "../../contract/account";
import { tokenOutput } from "../../contract/schemas";
import { callerOf, originOf } from "../request/caller";
import { open, session } from "./access";
import { deliver, requireDeliverable } from "./deliver";
import { mutation } from "./endpoint";
import { inSeconds } from "./present";

export const remove = mutation({
  address: "DELETE /api/auth/me",
  access: session,
  group: "Account",
  summary: "Have the own account deleted in a week; it is closed until then",
  answers: "When. All sessions have ended. Whoever signs in before that can keep the account.",
  refusals: ["step_up_required", "last_owner"],
  output: deletionOutput,
  async run({ services, caller, user, session: own }) {
    await services.secondFactors.requireOpen({ user, session: own });
    const dueAt = await services.deletion.ask({ user, session: own }, originOf(caller));
    await caller.tokenCookies.clear();
    return { deletion_at: inSeconds(dueAt) };
  },
});

export const keepAccount = mutation({
  address: "POST /api/auth/keep-account",
  access: open,
  group: "Sign-in",
  summary: "Keep the account, and complete a sign-in that deletion_pending has interrupted",
  answers: "Tokens of a new session. The account is not deleted.",
  refusals: ["invalid_ticket", "second_factor_required", "invalid_dpop_proof"],
  input: keepAccountInput,
  output: tokenOutput,
  async run({ services, caller, input }) {
    const delivery = input.delivery ?? "body";
    await requireDeliverable(caller, services.environment, delivery);
    return deliver(
      caller,
      await services.signIn.keepAccount(input.keep_token, await callerOf(caller)),
      delivery,
    );
  },
});
