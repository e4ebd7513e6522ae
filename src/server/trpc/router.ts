import { accountRouter } from "./account";
import { authRouter } from "./auth";
import { createCallerFactory, router } from "./init";
import { qrRouter } from "./qr";
import { sessionsRouter } from "./sessions";
import { siteRouter } from "./site";

export const appRouter = router({
  auth: authRouter,
  sessions: sessionsRouter,
  qr: qrRouter,
  account: accountRouter,
  site: siteRouter,
});

/** The typed API: what clients infer their types from. */
export type AppRouter = typeof appRouter;

export const createCaller = createCallerFactory(appRouter);
