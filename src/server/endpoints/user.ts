import { meOutput, setDisplayNameInput } from "../../contract/schemas";
import { requireSettingsOpen } from "../../modules/assurance";
import { session } from "./access";
import { mutation } from "./endpoint";
import { presentMe } from "./present";

export const setDisplayName = mutation({
  address: "PATCH /api/auth/me",
  access: session,
  group: "Account",
  summary: "Change the name that is shown for the account",
  answers: "The user, with the new name, and the session.",
  refusals: ["step_up_required"],
  input: setDisplayNameInput,
  output: meOutput,
  async run({ services, caller, input, user, session: own }) {
    requireSettingsOpen(own, services.clock.now());
    const displayName = await services.accounts.setDisplayName(user, input.display_name, {
      sessionId: own.id,
      address: caller.address,
    });
    return presentMe({ user: { ...user, displayName }, session: own });
  },
});
