/** Invitations on the wire, and the accounts that are made with them. */
import { z } from "zod";
import { mailLocale } from "./emails";
import { roleName } from "./schemas";

const DAY_IN_SECONDS = 86_400;

export const USUAL_INVITATION_LIFETIME_IN_SECONDS = 7 * DAY_IN_SECONDS;
export const MAX_INVITATION_LIFETIME_IN_SECONDS = 90 * DAY_IN_SECONDS;
export const MAX_INVITATION_USES = 1000;

/** Why a link makes no account any more, or that it does. `suspended`: whoever made it may not give these roles now. */
export const invitationStatus = z.enum(["open", "used", "expired", "revoked", "suspended"]);
export type InvitationStatus = z.infer<typeof invitationStatus>;

export const invitationLifetime = z.number().int().min(60).max(MAX_INVITATION_LIFETIME_IN_SECONDS).optional();

export const makeInvitationInput = z.object({
  /** What each account gets; `user` where nothing is said. */
  roles: z.array(roleName).min(1).max(roleName.options.length).optional(),
  /** How many accounts it makes; one where nothing is said. */
  uses: z.number().int().min(1).max(MAX_INVITATION_USES).optional(),
  /** Seconds; a week where nothing is said. */
  expires_in: invitationLifetime,
  /** The link is mailed there too; the invitation is for one person then. */
  email: z.string().min(1).max(320).optional(),
  /** Of the mail; English unless it is given. */
  locale: mailLocale.optional(),
});

export const invitationIdInput = z.object({ id: z.string().min(1).max(128) });
export const renewInvitationInput = invitationIdInput.extend({ expires_in: invitationLifetime });

export const invitationOutput = z.object({
  id: z.string(),
  status: invitationStatus,
  roles: z.array(roleName),
  uses: z.number(),
  /** How many accounts were made with it. */
  used: z.number(),
  /** Whom it is for; the link is mailed there where mail is sent. That address is not proven by it. */
  email: z.string().nullable(),
  /** Who made or renewed it last; null for the operator's command, and for an account that is gone. */
  invited_by: z.object({ id: z.string(), username: z.string() }).nullable(),
  /** Seconds since the epoch. */
  created_at: z.number(),
  expires_at: z.number(),
});
export type InvitationOutput = z.infer<typeof invitationOutput>;

/** With the link, which is shown this once. */
export const newInvitationOutput = invitationOutput.extend({ url: z.string() });
export type NewInvitationOutput = z.infer<typeof newInvitationOutput>;

export const listInvitationsInput = z
  .object({
    /** `next_cursor` of the page before. */
    cursor: z.string().max(128).optional(),
    limit: z.coerce.number<number | string>().int().min(1).max(100).optional(),
  })
  .default({});
export const invitationListOutput = z.object({
  invitations: z.array(invitationOutput),
  /** Null on the last page. */
  next_cursor: z.string().nullable(),
});
