import { recoveryLinkOf } from "../server/request/links";
import { line, sheet, table } from "./answer";
import { type Command, type Given, type Work, withService } from "./command";
import { readPassword } from "./read-password";
import { readRoles } from "./read-roles";
import { UsageError } from "./usage-error";

const LAST_OWNER = "[--even-last-owner]";

/** On accounts. What they do is done by the same functions as in the service. */
export const userCommands = {
  "user add": {
    takes: "NAME --password-stdin|--link [--display-name TEXT]",
    says: "make an account (the first is the owner), with a password or a link that sets it",
    words: 1,
    options: ["password-stdin", "link", "display-name"],
    async prepare(given) {
      const username = requireName(given);
      const displayName = given.options["display-name"];
      if (given.options.link) return addWithLink(username, displayName, given);
      const password = await readPassword(given.options);
      return withService(async ({ accounts }) => {
        const account = await accounts.create({ username, password, displayName });
        return line({ username: account.username, roles: account.roles });
      });
    },
  },
  "user list": {
    says: "name, roles, state and age of each account",
    words: 0,
    prepare: () =>
      withService(async ({ accounts }) =>
        table(
          (await accounts.list()).map(({ username, roles, disabledAt, createdAt }) => ({
            ...{ username, roles, state: stateOf(disabledAt), created_at: createdAt },
          })),
        ),
      ),
  },
  "user show": {
    takes: "NAME",
    says: "all about one account",
    words: 1,
    prepare(given) {
      const username = requireName(given);
      return withService(async ({ accounts, accountAdministration, sessions }) => {
        const account = await accountAdministration.require(username);
        const owners = (await accounts.list()).filter(
          ({ roles, disabledAt }) => roles.includes("owner") && disabledAt === null,
        );
        return sheet({
          ...{ username: account.username, display_name: account.displayName, id: account.id },
          ...{ roles: account.roles, is_last_owner: owners.length === 1 && owners[0]?.id === account.id },
          ...{ state: stateOf(account.disabledAt), disabled_at: account.disabledAt },
          deletion_at: account.deletionDueAt,
          ...{
            created_at: account.createdAt,
            password_changed_at: account.passwordHash === null ? null : account.passwordChangedAt,
          },
          sessions: (await sessions.listLive(account.id)).length,
        });
      });
    },
  },
  "user sessions": {
    takes: "NAME",
    says: "where an account is signed in",
    words: 1,
    prepare(given) {
      const username = requireName(given);
      return withService(async ({ accountAdministration, sessions }) => {
        const { id } = await accountAdministration.require(username);
        return table(
          (await sessions.listLive(id)).map((session) => ({
            ...{ id: session.id, client: session.applicationId ?? session.clientId, method: session.method },
            ...{ browser: session.device.browser, os: session.device.os, address: session.address },
            is_bound: session.keyThumbprint !== null,
            ...{ created_at: session.createdAt, last_active_at: session.lastActiveAt },
          })),
        );
      });
    },
  },
  "user end-sessions": {
    takes: "NAME",
    says: "sign an account out everywhere",
    words: 1,
    prepare(given) {
      const username = requireName(given);
      return withService(async ({ accountAdministration }) => {
        const ended = await accountAdministration.endSessions(username);
        return { text: `${username}\t${ended} sessions ended\n`, data: { username, sessions_ended: ended } };
      });
    },
  },
  "user roles": {
    takes: `NAME ROLES ${LAST_OWNER}`,
    says: "give an account these roles, and no others: owner, admin, user",
    words: 2,
    options: ["even-last-owner"],
    prepare(given) {
      const username = requireName(given);
      const roles = readRoles(given.rest[0]);
      return withService(async ({ accountAdministration }) => {
        const account = await accountAdministration.setRoles(username, roles, lastOwnerOf(given));
        return line({ username: account.username, roles: account.roles });
      });
    },
  },
  "user rename": {
    takes: "NAME NEW-NAME",
    says: "give an account another name to sign in with",
    words: 2,
    prepare(given) {
      const username = requireName(given);
      const [newName] = given.rest;
      if (newName === undefined) throw new UsageError("Which name is it to have?");
      return withService(async ({ accountAdministration }) => {
        const account = await accountAdministration.rename(username, newName);
        return line({ before: username, username: account.username });
      });
    },
  },
  "user disable": {
    takes: `NAME ${LAST_OWNER}`,
    says: "disable an account and end its sessions",
    words: 1,
    options: ["even-last-owner"],
    prepare(given) {
      const username = requireName(given);
      return withService(async ({ accounts }) => {
        await accounts.disable(username, lastOwnerOf(given));
        return line({ username, state: "disabled" });
      });
    },
  },
  "user enable": {
    takes: "NAME",
    says: "enable a disabled account again",
    words: 1,
    prepare(given) {
      const username = requireName(given);
      return withService(async ({ accounts }) => {
        await accounts.enable(username);
        return line({ username, state: "open" });
      });
    },
  },
  "user unlock": {
    takes: "NAME",
    says: "let an account's password be tried again after too many wrong ones",
    words: 1,
    prepare(given) {
      const username = requireName(given);
      return withService(async ({ accounts }) => {
        await accounts.unlock(username);
        return line({ username, done: "unlocked" });
      });
    },
  },
  "user reset-password": {
    takes: "NAME --password-stdin",
    says: "set a password and end all sessions",
    words: 1,
    options: ["password-stdin"],
    async prepare(given) {
      const username = requireName(given);
      const password = await readPassword(given.options);
      return withService(async ({ accounts }) => {
        await accounts.resetPassword(username, password);
        return line({ username, done: "password set" });
      });
    },
  },
  "user recovery-link": {
    takes: "NAME",
    says: "make a link by which somebody sets a new password, once and within the hour",
    words: 1,
    prepare(given) {
      const username = requireName(given);
      return withService(async ({ accountAdministration, recovery, environment }) => {
        const account = await accountAdministration.require(username);
        const { resetToken, expiresInSeconds } = await recovery.issue(account, "operator");
        const url = recoveryLinkOf(environment, resetToken);
        return { text: `${url}\n`, data: { username, url, expires_in: expiresInSeconds } };
      });
    },
  },
  "user remove-second-factors": {
    takes: "NAME",
    says: "take off an account's authenticator app and recovery codes, for somebody who has lost them",
    words: 1,
    prepare(given) {
      const username = requireName(given);
      return withService(async ({ accountAdministration, secondFactors }) => {
        const account = await accountAdministration.require(username);
        const wereThere = await secondFactors.removeAll(account, "operator");
        return line({ username, done: wereThere ? "second factors removed" : "there were none" });
      });
    },
  },
  "user delete": {
    takes: `NAME ${LAST_OWNER}`,
    says: "remove an account with its sessions and devices, for good",
    words: 1,
    options: ["even-last-owner"],
    prepare(given) {
      const username = requireName(given);
      return withService(async ({ accountAdministration }) => {
        await accountAdministration.remove(username, lastOwnerOf(given));
        return line({ username, done: "deleted" });
      });
    },
  },
} satisfies Readonly<Record<string, Command>>;

function addWithLink(username: string, displayName: string | undefined, { options }: Given): Work {
  if (options["password-stdin"]) throw new UsageError("Say --password-stdin or --link, not both.");
  return withService(async ({ accountAdministration, environment }) => {
    const wanted = { username, displayName, roles: ["user"] } as const;
    const { account, resetToken, expiresInSeconds } = await accountAdministration.create(wanted);
    const url = recoveryLinkOf(environment, resetToken);
    const { username: name, roles } = account;
    return { text: `${url}\n`, data: { username: name, roles, url, expires_in: expiresInSeconds } };
  });
}

const stateOf = (disabledAt: Date | null) => (disabledAt === null ? "open" : "disabled");

const lastOwnerOf = ({ options }: Given) => (options["even-last-owner"] ? "may_go" : "stays");

function requireName({ name }: Given): string {
  if (name === "") throw new UsageError("Which account?");
  return name;
}
