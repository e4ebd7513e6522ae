import { roleName } from "../../contract/schemas";
import type { AccountRecord, Administrator } from "../../modules/accounts";
import type { Principal } from "../../modules/sessions";
import { type Caller, originOf } from "../request/caller";
import type { Context } from "./endpoint";

/** What an act is given: the account that it is done to, who does it, and the call. */
type Act<Input> = Context<Input, Principal> & {
  readonly account: AccountRecord;
  readonly actor: Administrator;
};

/**
 * The `run` of an act of an administrator on the account that the address names: what each of them begins with, and then the
 * act. Whether they may act on the account, the act asks.
 *
 * @throws DomainError `step_up_required`, `not_found`
 */
export function act<Input extends { readonly id: string }, Output>(
  run: (act: Act<Input>) => Promise<Output>,
): (context: Context<Input, Principal>) => Promise<Output> {
  return async (context) => {
    const { services, caller, input } = context;
    await services.secondFactors.requireOpen(context);
    const account = await services.accountAdministration.requireById(input.id);
    return run({ ...context, account, actor: administratorOf(context, caller) });
  };
}

export function administratorOf({ user, session }: Principal, caller: Caller): Administrator {
  return {
    id: user.id,
    roles: user.roles.map((role) => roleName.parse(role)),
    sessionId: session.id,
    ...originOf(caller),
  };
}
