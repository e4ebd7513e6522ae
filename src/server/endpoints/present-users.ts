/** How administrators see users. */
import type { ListedUser, UserDetail } from "../../contract/administration";
import { roleName } from "../../contract/schemas";
import { type AccountRecord, mayActOn } from "../../modules/accounts";
import type { Principal } from "../../modules/sessions";
import type { Container } from "../composition/container";
import { inSeconds, presentEmail } from "./present";

export function presentListedUser(account: AccountRecord): ListedUser {
  return {
    id: account.id,
    username: account.username,
    display_name: account.displayName,
    roles: [...account.roles],
    status: account.disabledAt === null ? "open" : "disabled",
    created_at: inSeconds(account.createdAt),
    deletion_at: account.deletionDueAt && inSeconds(account.deletionDueAt),
  };
}

export async function presentUserDetail(
  account: AccountRecord,
  viewer: Principal["user"],
  {
    passkeys,
    secondFactors,
    sessions,
    emails,
  }: Pick<Container, "passkeys" | "secondFactors" | "sessions" | "emails">,
): Promise<UserDetail> {
  const [keys, factor, live, addresses] = await Promise.all([
    passkeys.list(account.id),
    secondFactors.find(account.id),
    sessions.listLive(account.id),
    emails.list(account.id),
  ]);
  const own = viewer.roles.map((role) => roleName.parse(role));
  return {
    ...presentListedUser(account),
    disabled_at: account.disabledAt && inSeconds(account.disabledAt),
    password_changed_at: account.passwordHash === null ? null : inSeconds(account.passwordChangedAt),
    totp: factor?.totpSince !== null && factor?.totpSince !== undefined,
    recovery_codes_left: factor?.recoveryCodes.length ?? 0,
    passkeys: keys.length,
    sessions: live.length,
    emails: addresses.map(presentEmail),
    can_act: mayActOn(own, account.roles),
  };
}
