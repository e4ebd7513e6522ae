/** Invitations of many people at once, on the wire. */
import { z } from "zod";
import { mailLocale } from "./emails";
import { invitationLifetime } from "./invitations";
import { roleName } from "./schemas";

/** With one call. The operator's command takes longer lists. */
export const MAX_LISTED_PEOPLE = 500;
/** Characters. */
const MAX_LIST_LENGTH = 60_000;

export const inviteListInput = z.object({
  /** CSV (RFC 4180) whose first line has the headings: `email`, and `roles` and `locale` where they are wanted. */
  list: z.string().min(1).max(MAX_LIST_LENGTH),
  /** Seconds; a week where nothing is said. */
  expires_in: invitationLifetime,
  /** Of the mails to those whose line has none; English unless it is given. */
  locale: mailLocale.optional(),
  /** Everything is looked at, and nothing is written. */
  dry_run: z.boolean().optional(),
});

/** Why a line invites nobody. */
export const listFault = z.enum([
  /** The line itself, such as a quotation mark that is never closed. */
  "unreadable",
  "no_email",
  "bad_email",
  /** Another line before it has the same address. */
  "same_email",
  "unknown_role",
  /** Above those of whoever invites. */
  "role_too_high",
  "unknown_locale",
  /** Too many mails went to the address within the hour. */
  "too_many_mails",
  /** By others, again and again. */
  "changed_meanwhile",
  /** By a fault of the service. The list can be sent again. */
  "failed",
]);
export type ListFault = z.infer<typeof listFault>;

/** `already_invited`: there is an open invitation to the address. `has_account`: an account has it, or came of an invitation to it. */
export const listOutcome = z.enum(["invited", "already_invited", "has_account", "refused"]);
export type ListOutcome = z.infer<typeof listOutcome>;

export const listedPersonOutput = z.object({
  /** In the list; the headings are line 1. */
  line: z.number(),
  outcome: listOutcome,
  /** As it is written there, where it is one. */
  email: z.string().nullable(),
  roles: z.array(roleName),
  fault: listFault.nullable(),
  /** Of the invitation; null where none was made. */
  id: z.string().nullable(),
  /** The link, where no mail is sent: it is shown this once. */
  url: z.string().nullable(),
});
export type ListedPersonOutput = z.infer<typeof listedPersonOutput>;

export const inviteListOutput = z.object({
  dry_run: z.boolean(),
  /** Whether the links are mailed. */
  mailed: z.boolean(),
  /** How many. */
  invited: z.number(),
  already_invited: z.number(),
  has_account: z.number(),
  refused: z.number(),
  /** One for each line, in their order. */
  people: z.array(listedPersonOutput),
});
export type InviteListOutput = z.infer<typeof inviteListOutput>;
