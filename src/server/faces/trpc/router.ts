import { endpoints } from "../../endpoints";
import { createCallerFactory, router } from "./init";
import { proceduresOf, proceduresOfGroups } from "./procedures";
import { live, watch } from "./streams";

export const appRouter = router({
  ...proceduresOfGroups(endpoints),
  // With what has no end.
  sessions: { ...proceduresOf(endpoints.sessions), live },
  qr: { ...proceduresOf(endpoints.qr), watch },
});

/** The typed API: what clients infer their types from. */
export type AppRouter = typeof appRouter;

export const createCaller = createCallerFactory(appRouter);
