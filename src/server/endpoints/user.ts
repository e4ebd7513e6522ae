import { changeMeInput, exportOutput } from "../../contract/account";
import { meOutput } from "../../contract/schemas";
import { requireSettingsOpen } from "../../modules/assurance";
import type { PersonalData } from "../../modules/personal-data";
import { session } from "./access";
import { mutation, query } from "./endpoint";
import { presentMe } from "./present";

export const change = mutation({
  address: "PATCH /api/auth/me",
  access: session,
  group: "Account",
  summary: "Change the name that is shown for the account, or the one to sign in with",
  answers: "The user, with the new name, and the session.",
  refusals: ["step_up_required", "username_taken", "too_many_attempts"],
  input: changeMeInput,
  output: meOutput,
  async run({ services, caller, input, user, session: own }) {
    const by = { sessionId: own.id, address: caller.address };
    if (input.username !== undefined) {
      await services.secondFactors.requireOpen({ user, session: own });
      const username = await services.accounts.ownNames.setUsername(user, input.username, by);
      return presentMe({ user: { ...user, username }, session: own });
    }
    requireSettingsOpen(own, services.clock.now());
    const displayName = await services.accounts.ownNames.setDisplayName(user, input.display_name ?? "", by);
    return presentMe({ user: { ...user, displayName }, session: own });
  },
});

export const exportData = query({
  address: "GET /api/auth/me/export",
  access: session,
  group: "Account",
  summary: "All that is stored about the user",
  answers: "Everything but secrets, hashes, and what is about others.",
  refusals: ["step_up_required"],
  output: exportOutput,
  async run({ services, caller, user, session: own }) {
    await services.secondFactors.requireOpen({ user, session: own });
    // First the row: who takes a person's data along from a stolen session is to be seen by that person.
    await services.audit.record({
      type: "data_exported",
      ...{ userId: user.id, sessionId: own.id, address: caller.address },
    });
    return mutable(await services.readPersonalData(user.id));
  },
});

/** The wire's types know no readonly. */
function mutable({ exported_at: at, ...data }: PersonalData) {
  type Rows = Record<string, unknown>[];
  const copied = Object.entries(data).map(([name, rows]) => [name, [...(rows as Rows)]]);
  return { exported_at: at, ...(Object.fromEntries(copied) as Record<keyof typeof data, Rows>) };
}
