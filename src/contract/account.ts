/** What somebody does with their own account as a whole. Member names are those of the wire. */
import { z } from "zod";
import { delivery, secretInput } from "./schemas";

export const deletionOutput = z.object({
  /** Seconds since the epoch: then it is deleted, unless that is taken back. */
  deletion_at: z.number(),
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
