import { roleName } from "../../contract/schemas";
import type { AccountRecord, Administrator } from "../../modules/accounts";
import type { Principal } from "../../modules/sessions";
import type { Container } from "../composition/container";
import { type Caller, originOf } from "../request/caller";

/**
 * What each act of an administrator on an account begins with. Whether they may act on it, the act asks.
 *
 * @throws DomainError `step_up_required`, `not_found`
 */
export async function openAct(
  services: Container,
  caller: Caller,
  principal: Principal,
  userId: string,
): Promise<{ readonly account: AccountRecord; readonly actor: Administrator }> {
  await services.secondFactors.requireOpen(principal);
  const account = await services.accountAdministration.requireById(userId);
  return { account, actor: administratorOf(principal, caller) };
}

export function administratorOf({ user, session }: Principal, caller: Caller): Administrator {
  return {
    id: user.id,
    roles: user.roles.map((role) => roleName.parse(role)),
    sessionId: session.id,
    ...originOf(caller),
  };
}
