/** What the installation is like, for those who look after it. Member names are those of the wire. */
import { z } from "zod";

const seconds = z.number();

export const systemOutput = z.object({
  version: z.string(),
  /** Of Node.js. */
  node: z.string(),
  /** Processes that serve on this database; of SQLite there is one. */
  instances: z.number(),
  storage: z.object({
    kind: z.enum(["sqlite", "postgresql"]),
    version: z.string(),
    size_in_bytes: z.number(),
    migrations: z.object({ applied: z.number(), latest: z.string() }),
    /** When dead rows were swept last; null before the first time. */
    swept_at: seconds.nullable(),
  }),
  mail: z.object({
    /** Whether SMTP_URL says how mail is sent. */
    enabled: z.boolean(),
    waiting: z.number(),
    /** Since when the oldest waits. */
    oldest_since: seconds.nullable(),
    /** Of the process that answers, since it began. */
    last_failure: z.object({ at: seconds, reason: z.string() }).nullable(),
  }),
  keys: z.array(
    z.object({
      kid: z.string(),
      alg: z.string(),
      created_at: seconds,
      /** From when on it signs. */
      active_at: seconds,
      /** From when on what it signed is refused; null while it has no successor. */
      retired_at: seconds.nullable(),
    }),
  ),
  /** When the newest key gets a successor. */
  next_rotation_at: seconds,
  /** By their names; of what is secret only whether it is set. */
  settings: z.array(z.object({ name: z.string(), value: z.string(), is_default: z.boolean() })),
  /** What the operator should look at; see health. */
  notices: z.array(z.string()),
});
export type SystemOutput = z.infer<typeof systemOutput>;
