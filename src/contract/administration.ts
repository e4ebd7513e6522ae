/** What owners and admins see and do. */
import { z } from "zod";

export const userIdInput = z.object({ id: z.string().min(1).max(128) });

/** A link for one account, to be handed to its user. */
export const recoveryLinkOutput = z.object({
  /** Whoever opens it sets a new password, once. */
  url: z.string(),
  /** Seconds. */
  expires_in: z.number(),
});
export type RecoveryLinkOutput = z.infer<typeof recoveryLinkOutput>;
