import { roleName } from "../../contract/schemas";
import type { AccountRecord, Administrator } from "../../modules/accounts";
import { isDomainError } from "../../modules/domain-error";
import type { Principal } from "../../modules/sessions";
import type { Container } from "../composition/container";
import { type Caller, originOf } from "../request/caller";
import type { Context } from "./endpoint";

/** What an act is given: the account that it is done to, who does it, and the call. */
type Act<Input> = Context<Input, Principal> & {
  readonly account: AccountRecord;
  readonly actor: Administrator;
};

/** What the audit trail calls the acts of administrators. */
export type ActName =
  | "create"
  | "change"
  | "disable"
  | "enable"
  | "sign_out"
  | "second_factors"
  | "delete"
  | "recovery_link"
  | "invite";

/**
 * The `run` of an act of an administrator on the account that the address names: what each of them begins with, and then the
 * act. Whether they may act on the account, the act asks.
 *
 * @throws DomainError `step_up_required`, `not_found`
 */
export function act<Input extends { readonly id: string }, Output>(
  name: ActName,
  run: (act: Act<Input>) => Promise<Output>,
): (context: Context<Input, Principal>) => Promise<Output> {
  return async (context) => {
    const { services, caller, input } = context;
    await services.secondFactors.requireOpen(context);
    const account = await services.accountAdministration.requireById(input.id);
    const actor = administratorOf(context, caller);
    return notingRefusal(context, { name, actor, account }, () => run({ ...context, account, actor }));
  };
}

/** Puts into the audit trail that an administrator tried what is above them. @throws what `run` throws */
export async function notingRefusal<Output>(
  { services }: { readonly services: Pick<Container, "refusedActs"> },
  act: { readonly name: ActName; readonly actor: Administrator; readonly account?: AccountRecord },
  run: () => Promise<Output>,
): Promise<Output> {
  try {
    return await run();
  } catch (error) {
    if (isDomainError(error) && error.code === "forbidden") {
      await services.refusedActs.note(act.name, act.actor, act.account?.id ?? null);
    }
    throw error;
  }
}

export function administratorOf({ user, session }: Principal, caller: Caller): Administrator {
  return {
    id: user.id,
    roles: user.roles.map((role) => roleName.parse(role)),
    sessionId: session.id,
    ...originOf(caller),
  };
}
