import { MAX_INVITATION_LIFETIME_IN_SECONDS, MAX_INVITATION_USES } from "../contract/invitations";
import {
  type Invitation,
  type Invitations,
  invitationLink,
  type MadeInvitation,
} from "../modules/invitations";
import { terminalQr } from "../platform/lan/terminal-qr";
import type { Environment } from "../server/settings/environment";
import { type Answer, line, sheet, table } from "./answer";
import { type Command, type Given, type Work, withService } from "./command";
import type { Options } from "./options";
import { readDuration } from "./read-duration";
import { readRoles } from "./read-roles";
import { UsageError } from "./usage-error";

const PAGE = 100;

/** On the links with which people make accounts of their own. */
export const invitationCommands = {
  invite: {
    takes: "[--roles ROLES] [--uses N] [--expires TIME] [--email ADDRESS] [--qr] [--from FILE] [--dry-run]",
    says: "make a link with which people make accounts of their own, and its QR code; with --email it is mailed as well. With --from a link for each person of a list, mailed where mail is sent",
    words: 0,
    options: ["roles", "uses", "expires", "email", "qr", "from", "dry-run"],
    prepare({ options }) {
      if (options.from !== undefined || options["dry-run"]) return inviteList(options);
      const roles = options.roles === undefined ? undefined : readRoles(options.roles);
      const uses = readUses(options.uses);
      const lifetimeInSeconds = readLifetime(options.expires);
      return withService(async ({ invitations, environment }) => {
        const { email } = options;
        const made = await invitations.make({ roles, uses, lifetimeInSeconds, email }, "operator");
        return withLink(made, environment, options);
      });
    },
  },
  invitations: {
    says: "the invitations and what became of them, the newest first",
    words: 0,
    prepare: () =>
      withService(async ({ invitations }) =>
        table((await listAll(invitations)).map((invitation) => factsOf(invitation, invitations))),
      ),
  },
  "invitations renew": {
    takes: "ID [--expires TIME] [--qr]",
    says: "give an invitation another link and more time; the link from before is dead",
    words: 1,
    options: ["expires", "qr"],
    prepare(given) {
      const id = requireId(given);
      const lifetimeInSeconds = readLifetime(given.options.expires);
      return withService(async ({ invitations, environment }) => {
        const made = await invitations.renew(id, lifetimeInSeconds, "operator");
        return withLink(made, environment, given.options);
      });
    },
  },
  "invitations revoke": {
    takes: "ID",
    says: "revoke an invitation, for good; accounts that were made with it stay",
    words: 1,
    prepare(given) {
      const id = requireId(given);
      return withService(async ({ invitations }) => {
        await invitations.revoke(id, "operator");
        return line({ id, done: "revoked" });
      });
    },
  },
} satisfies Readonly<Record<string, Command>>;

function inviteList({ from: file = "", expires, "dry-run": isDryRun = false, ...others }: Options): Work {
  if (file === "") throw new UsageError("Which file? invite --from FILE");
  const [unwanted] = (["roles", "uses", "email", "qr"] as const).filter((name) => others[name] !== undefined);
  if (unwanted !== undefined)
    throw new UsageError(`--${unwanted} does not go with --from: what each person gets is in their line.`);
  const lifetimeInSeconds = readLifetime(expires);
  return withService(async (container) => {
    // Late: no other command reads such files.
    const { invitePeople } = await import("./import/invite-people");
    return invitePeople({ file, isDryRun, lifetimeInSeconds }, container);
  });
}

async function listAll(invitations: Invitations): Promise<Invitation[]> {
  const found: Invitation[] = [];
  let page = await invitations.list(null, PAGE);
  found.push(...page.invitations);
  while (page.next !== null) {
    page = await invitations.list(page.next, PAGE);
    found.push(...page.invitations);
  }
  return found;
}

function factsOf(invitation: Invitation, invitations: Invitations) {
  const { id, roles, uses, used, email, createdBy, inviter, createdAt, expiresAt } = invitation;
  const invitedBy = createdBy === null ? "operator" : (inviter?.username ?? null);
  return {
    ...{ id, status: invitations.statusOf(invitation), roles, used, uses, email, invited_by: invitedBy },
    ...{ created_at: createdAt, expires_at: expiresAt },
  };
}

/** The code is drawn for people in front of a terminal, and for a file where it is asked for. */
function withLink(
  { invitation, code }: MadeInvitation,
  { appUrl }: Environment,
  { qr = process.stdout.isTTY }: Options,
): Answer {
  const { id, roles, uses, expiresAt } = invitation;
  const url = invitationLink(appUrl, code);
  const { text, data } = sheet({ url, id, roles, uses, expires_at: expiresAt });
  if (!qr) return { text, data };
  const isColoured = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  const lines = terminalQr(url, isColoured ? "coloured" : "plain");
  return { text: `${text}\n${lines.join("\n")}\n`, data };
}

function requireId({ name }: Given): string {
  if (name === "") throw new UsageError("Which invitation? Its id is in the list: invitations");
  return name;
}

function readUses(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const uses = Number(text);
  if (!Number.isInteger(uses) || uses < 1 || uses > MAX_INVITATION_USES) {
    throw new UsageError(`--uses has to be a whole number from 1 to ${MAX_INVITATION_USES}.`);
  }
  return uses;
}

function readLifetime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = readDuration(text);
  if (seconds === undefined || seconds < 60 || seconds > MAX_INVITATION_LIFETIME_IN_SECONDS) {
    throw new UsageError("--expires takes how long the link is good, from 1m to 90d: 30m, 24h, 7d.");
  }
  return seconds;
}
