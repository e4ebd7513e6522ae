import { z } from "zod";

/**
 * What the operator should look at while the service goes on:
 * - `database_put_back`: an older copy of the database is in its place;
 * - `clock_behind`: the clock is behind times that were written before.
 */
export const healthNotice = z.enum(["database_put_back", "clock_behind"]);
export type HealthNotice = z.infer<typeof healthNotice>;

export const readyOutput = z.object({ status: z.literal("ok") });

export const healthOutput = z.object({
  status: z.literal("ok"),
  /** Left out when there is nothing. */
  detail: z.array(healthNotice).optional(),
});
