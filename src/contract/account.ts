/** What somebody does with their own account as a whole. Member names are those of the wire. */
import { z } from "zod";
import { delivery, secretInput, usernameInput } from "./schemas";

export const deletionOutput = z.object({
  /** Seconds since the epoch: then it is deleted, unless that is taken back. */
  deletion_at: z.number(),
});

const rows = z.array(z.record(z.string(), z.unknown()));

/** All that is stored about somebody. Times are ISO 8601. */
export const exportOutput = z.object({
  exported_at: z.string(),
  account: rows,
  mail_addresses: rows,
  passkeys: rows,
  second_factor: rows,
  sessions: rows,
  known_devices: rows,
  scanned_codes: rows,
  invitations: rows,
  notices_put_away: rows,
  events: rows,
  acts_on_others: rows,
});

/** One change at a time: each is an act of its own. */
export const changeMeInput = z
  .object({ display_name: z.string().max(256).optional(), username: usernameInput.optional() })
  .refine(({ display_name: name, username }) => (name === undefined) !== (username === undefined), {
    message: "Change one of display_name and username.",
  });

/** What the refusal `deletion_pending` says besides. */
export const deletionPending = deletionOutput.extend({
  /** For `POST /api/auth/keep-account`, once, from the same device. */
  keep_token: z.string(),
  /** Seconds that it serves. */
  expires_in: z.number(),
});
export type DeletionPending = z.infer<typeof deletionPending>;

export const keepAccountInput = z.object({ keep_token: secretInput, delivery: delivery.optional() });
