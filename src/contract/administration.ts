/** What owners and admins see and do. */
import { z } from "zod";
import { emailOutput } from "./emails";
import { roleName, sessionListItem, usernameInput } from "./schemas";

export const userIdInput = z.object({ id: z.string().min(1).max(128) });

export const userStatus = z.enum(["open", "disabled"]);
export type UserStatus = z.infer<typeof userStatus>;

export const listUsersInput = z
  .object({
    /** Parts of names, or the whole of a verified address or of the id of a user or session. */
    query: z.string().max(256).optional(),
    status: userStatus.optional(),
    role: roleName.optional(),
    /** `next_cursor` of the page before. */
    cursor: z.string().max(128).optional(),
    limit: z.coerce.number<number | string>().int().min(1).max(100).optional(),
  })
  .default({});

export const listedUserOutput = z.object({
  id: z.string(),
  username: z.string(),
  display_name: z.string(),
  roles: z.array(roleName),
  status: userStatus,
  /** Seconds since the epoch. */
  created_at: z.number(),
  /** When a disabled one is deleted at its own wish; null where nothing of the kind is to come. */
  deletion_at: z.number().nullable(),
});
export type ListedUser = z.infer<typeof listedUserOutput>;

export const userListOutput = z.object({
  users: z.array(listedUserOutput),
  /** Null on the last page. */
  next_cursor: z.string().nullable(),
});

export const userDetailOutput = listedUserOutput.extend({
  disabled_at: z.number().nullable(),
  /** Null: the account has no password. */
  password_changed_at: z.number().nullable(),
  /** Whether there is an authenticator app, and how many recovery codes and passkeys. */
  totp: z.boolean(),
  recovery_codes_left: z.number(),
  passkeys: z.number(),
  sessions: z.number(),
  emails: z.array(emailOutput),
  /** Whether the caller may act on this user: only owners act on owners. */
  can_act: z.boolean(),
});
export type UserDetail = z.infer<typeof userDetailOutput>;

/** One change at a time: each is an act of its own. */
export const changeUserInput = userIdInput
  .extend({
    roles: z.array(roleName).min(1).max(roleName.options.length).optional(),
    username: z.string().min(1).max(256).optional(),
    display_name: z.string().max(256).optional(),
  })
  .refine(
    ({ roles, username, display_name: name }) =>
      [roles, username, name].filter((change) => change !== undefined).length === 1,
    { message: "Change one of roles, username and display_name." },
  );

export const userSessionsOutput = z.object({ sessions: z.array(sessionListItem) });
export const signedOutOutput = z.object({ sessions_ended: z.number() });

/** A link for one account, to be handed to its user. */
export const recoveryLinkOutput = z.object({
  /** Whoever opens it sets a new password, once. */
  url: z.string(),
  /** Seconds. */
  expires_in: z.number(),
});
export type RecoveryLinkOutput = z.infer<typeof recoveryLinkOutput>;

/** Nothing besides: an address that is sent would be dropped without a word, and nobody would get a mail. */
export const newUserInput = z.strictObject({
  username: usernameInput,
  /** The username where nothing is said. */
  display_name: z.string().max(256).optional(),
  /** `user` where nothing is said. */
  roles: z.array(roleName).min(1).max(roleName.options.length).optional(),
});

/** With the link, which is shown this once. */
export const newUserOutput = listedUserOutput.extend(recoveryLinkOutput.shape);
