import { recoveryLinkOutput, userIdInput } from "../../contract/administration";
import { roleName } from "../../contract/schemas";
import type { Administrator } from "../../modules/accounts";
import { DomainError } from "../../modules/domain-error";
import type { Principal } from "../../modules/sessions";
import { type Caller, originOf } from "../request/caller";
import { recoveryLinkOf } from "../request/links";
import { roles } from "./access";
import { mutation } from "./endpoint";

/** Of every act. */
const actRefusals = ["step_up_required", "not_found"] as const;
const administrators = roles("owner", "admin");

export const recoveryLink = mutation({
  address: "POST /api/admin/users/{id}/recovery-link",
  access: administrators,
  group: "Administration",
  summary: "Make a link by which a user sets a new password, once",
  answers: "The link. One that was made before is void.",
  status: 201,
  refusals: actRefusals,
  input: userIdInput,
  output: recoveryLinkOutput,
  async run({ services, caller, input, user, session }) {
    await services.secondFactors.requireOpen({ user, session });
    const account = await services.accounts.find(input.id);
    if (!account) throw noSuchUser();
    const issued = await services.recovery.issue(account, administratorOf({ user, session }, caller));
    return {
      url: recoveryLinkOf(services.environment, issued.resetToken),
      expires_in: issued.expiresInSeconds,
    };
  },
});

function administratorOf({ user, session }: Principal, caller: Caller): Administrator {
  return {
    id: user.id,
    roles: user.roles.map((role) => roleName.parse(role)),
    sessionId: session.id,
    ...originOf(caller),
  };
}

function noSuchUser(): DomainError {
  return new DomainError("not_found", { message: "There is no such user." });
}
