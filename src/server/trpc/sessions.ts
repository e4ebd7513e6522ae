import {
  noticeIdInput,
  noticeListOutput,
  revokeOthersOutput,
  sessionIdInput,
  sessionListOutput,
} from "../../contract/schemas";
import { liveEventsOf } from "../live-events";
import * as operations from "../operations";
import { protectedProcedure, router } from "./init";

export const sessionsRouter = router({
  list: protectedProcedure.output(sessionListOutput).query(({ ctx }) => operations.listSessions(ctx.call)),
  notices: protectedProcedure.output(noticeListOutput).query(({ ctx }) => operations.listNotices(ctx.call)),
  acknowledge: protectedProcedure
    .input(noticeIdInput)
    .mutation(({ ctx, input }) => operations.acknowledgeNotice(ctx.call, input.id)),
  revoke: protectedProcedure
    .input(sessionIdInput)
    .mutation(({ ctx, input }) => operations.revokeSession(ctx.call, input.id)),
  revokeOthers: protectedProcedure
    .output(revokeOthersOutput)
    .mutation(({ ctx }) => operations.revokeOtherSessions(ctx.call)),
  /** Tells a signed-in browser at once that its sessions changed or that its own has ended. */
  live: protectedProcedure.subscription(({ ctx, signal }) =>
    liveEventsOf(ctx.call.container, { userId: ctx.user.id, sessionId: ctx.session.id }, signal),
  ),
});
