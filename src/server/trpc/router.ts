import { endpoints } from "../endpoints";
import { createCallerFactory, router } from "./init";
import { proceduresOf } from "./procedures";
import { live, watch } from "./streams";

const { auth, sessions, qr, account, site, user } = endpoints;

export const appRouter = router({
  auth: proceduresOf(auth),
  sessions: { ...proceduresOf(sessions), live },
  qr: { ...proceduresOf(qr), watch },
  account: proceduresOf(account),
  site: proceduresOf(site),
  user: proceduresOf(user),
});

/** The typed API: what clients infer their types from. */
export type AppRouter = typeof appRouter;

export const createCaller = createCallerFactory(appRouter);
