import {
  changeUserInput,
  listUsersInput,
  newUserInput,
  newUserOutput,
  recoveryLinkOutput,
  signedOutOutput,
  userDetailOutput,
  userIdInput,
  userListOutput,
  userSessionsOutput,
} from "../../contract/administration";
import { roleName } from "../../contract/schemas";
import { recoveryLinkOf } from "../request/links";
import { roles } from "./access";
import { act, administratorOf, notingRefusal } from "./act";
import { mutation, query } from "./endpoint";
import { applicationOf, presentSessionListItem } from "./present";
import { presentListedUser, presentUserDetail } from "./present-users";

const USUAL_LIMIT = 50;

const administrators = roles("owner", "admin");
/** Of every act: it asks for a step-up, and may meet another act on the same account. */
const actRefusals = ["step_up_required", "not_found"] as const;

const filter = (name: string, description: string) =>
  ({ name, in: "query", required: false, description }) as const;

export const users = query({
  address: "GET /api/admin/users",
  access: administrators,
  group: "Administration",
  summary: "Find users, the newest first",
  parameters: [
    filter("query", "Parts of names, or a whole verified address, or the id of a user or session."),
    filter("status", "`open` or `disabled`."),
    filter("role", "`owner`, `admin` or `user`."),
    filter("cursor", "`next_cursor` of the page before."),
    filter("limit", "How many: 1 to 100, 50 by default."),
  ],
  answers: "One page of them.",
  input: listUsersInput,
  output: userListOutput,
  async run({ services, input: { query: text = "", status, role, cursor = null, limit = USUAL_LIMIT } }) {
    const wanted = { text, status, role, after: cursor, limit: Number(limit) };
    const { accounts, next } = await services.directory.search(wanted);
    return { users: accounts.map(presentListedUser), next_cursor: next };
  },
});

export const user = query({
  address: "GET /api/admin/users/{id}",
  access: administrators,
  group: "Administration",
  summary: "One user, and what they can sign in with",
  answers: "The user.",
  refusals: ["not_found"],
  input: userIdInput,
  output: userDetailOutput,
  async run({ services, input, user: own }) {
    return presentUserDetail(await services.accountAdministration.requireById(input.id), own, services);
  },
});

export const create = mutation({
  address: "POST /api/admin/users",
  access: administrators,
  group: "Administration",
  summary: "Make an account without a password, and a link by which its user sets one, once",
  answers: "The user, with the link. It is shown this once.",
  status: 201,
  refusals: ["step_up_required", "username_taken"],
  input: newUserInput,
  output: newUserOutput,
  async run({ services, caller, input, user: own, session }) {
    await services.secondFactors.requireOpen({ user: own, session });
    const { username, display_name: displayName, roles: given = ["user"] } = input;
    const wanted = { username, displayName, roles: roleName.options.filter((role) => given.includes(role)) };
    const actor = administratorOf({ user: own, session }, caller);
    const made = await notingRefusal({ services }, { name: "create", actor }, () =>
      services.accountAdministration.create(wanted, actor),
    );
    return {
      ...presentListedUser(made.account),
      url: recoveryLinkOf(services.environment, made.resetToken),
      expires_in: made.expiresInSeconds,
    };
  },
});

export const sessions = query({
  address: "GET /api/admin/users/{id}/sessions",
  access: administrators,
  group: "Administration",
  summary: "Where a user is signed in",
  answers: "The live sessions.",
  refusals: ["not_found"],
  input: userIdInput,
  output: userSessionsOutput,
  async run({ services, input, session: own }) {
    const { id } = await services.accountAdministration.requireById(input.id);
    const live = await services.sessions.listLive(id);
    return {
      sessions: await Promise.all(
        live.map(async (item) => {
          const application = applicationOf(item);
          const name = application === null ? "" : await services.clients.nameOf(application);
          return presentSessionListItem(
            item,
            own.id,
            application === null ? null : { id: application, name },
          );
        }),
      ),
    };
  },
});

export const change = mutation({
  address: "PATCH /api/admin/users/{id}",
  access: administrators,
  group: "Administration",
  summary: "Give a user other roles, another username or another display name",
  answers: "The user.",
  refusals: [...actRefusals, "username_taken"],
  input: changeUserInput,
  output: userDetailOutput,
  run: act("change", async ({ services, input, account, actor, user: own }) => {
    const { accountAdministration: administration } = services;
    const { roles: given, username, display_name: displayName } = input;
    const changed = given
      ? await administration.setRoles(
          account,
          roleName.options.filter((role) => given.includes(role)),
          "stays",
          actor,
        )
      : username !== undefined
        ? await administration.rename(account, username, actor)
        : await administration.setDisplayName(account, displayName ?? "", actor);
    return presentUserDetail(changed, own, services);
  }),
});

export const disable = mutation({
  address: "POST /api/admin/users/{id}/disable",
  access: administrators,
  group: "Administration",
  summary: "Disable a user: all sessions end, and nobody signs in to the account",
  answers: "It is disabled.",
  refusals: actRefusals,
  input: userIdInput,
  run: act("disable", ({ services, account, actor }) => services.accounts.disable(account, "stays", actor)),
});

export const enable = mutation({
  address: "POST /api/admin/users/{id}/enable",
  access: administrators,
  group: "Administration",
  summary: "Enable a disabled user again",
  answers: "It is open. Sessions stay ended.",
  refusals: actRefusals,
  input: userIdInput,
  run: act("enable", ({ services, account, actor }) => services.accounts.enable(account, actor)),
});

export const signOut = mutation({
  address: "POST /api/admin/users/{id}/sign-out",
  access: administrators,
  group: "Administration",
  summary: "End all sessions of a user",
  answers: "How many ended.",
  refusals: ["not_found"],
  input: userIdInput,
  output: signedOutOutput,
  async run({ services, caller, input, user: own, session }) {
    const account = await services.accountAdministration.requireById(input.id);
    const actor = administratorOf({ user: own, session }, caller);
    return notingRefusal({ services }, { name: "sign_out", actor, account }, async () => ({
      sessions_ended: await services.accountAdministration.endSessions(account, actor),
    }));
  },
});

export const removeSecondFactors = mutation({
  address: "DELETE /api/admin/users/{id}/second-factors",
  access: administrators,
  group: "Administration",
  summary: "Take off the authenticator app and recovery codes of a user who has lost them",
  answers: "There are none any more.",
  refusals: actRefusals,
  input: userIdInput,
  run: act("second_factors", async ({ services, account, actor }) => {
    await services.secondFactors.removeAll(account, actor);
  }),
});

export const remove = mutation({
  address: "DELETE /api/admin/users/{id}",
  access: administrators,
  group: "Administration",
  summary: "Delete a user with sessions and devices, for good",
  answers: "It is deleted. The audit trail stays.",
  refusals: actRefusals,
  input: userIdInput,
  run: act("delete", ({ services, account, actor }) =>
    services.accountAdministration.remove(account, "stays", actor),
  ),
});

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
  run: act("recovery_link", async ({ services, account, actor }) => {
    const { resetToken, expiresInSeconds } = await services.recovery.issue(account, actor);
    return { url: recoveryLinkOf(services.environment, resetToken), expires_in: expiresInSeconds };
  }),
});
