import { serverTimeOutput } from "../../contract/schemas";
import { healthOutput, readyOutput } from "../composition/health";
import { open } from "./access";
import { query } from "./endpoint";
import { inSeconds } from "./present";

export const health = query({
  address: "GET /api/health",
  access: open,
  group: "Service",
  summary: "Whether the service is ready",
  answers: "It is.",
  output: healthOutput,
  async run({ services }) {
    const detail = [...services.healthDetail()];
    return { status: "ok" as const, ...(detail.length > 0 ? { detail } : {}) };
  },
});

/** For what shares calls out over several instances: who is not ready gets none. */
export const ready = query({
  address: "GET /api/ready",
  access: open,
  group: "Service",
  summary: "Whether this instance takes calls",
  answers: "It does: its database answers, and it is not about to stop.",
  output: readyOutput,
  async run({ services }) {
    await services.requireReady();
    return { status: "ok" as const };
  },
});

/** How a client whose clock is off learns the time; so it may not look at a proof. */
export const serverTime = query({
  address: ["GET /api/auth/server_time", "POST /api/auth/server_time"],
  access: open,
  group: "Service",
  summary: "The time, for clients whose clock is off",
  answers: "Seconds since the epoch.",
  output: serverTimeOutput,
  run: async ({ services }) => ({ server_time: inSeconds(services.clock.now()) }),
});
