import {
  loginInput,
  logoutInput,
  meOutput,
  refreshInput,
  serverTimeOutput,
  stepUpInput,
  stepUpOutput,
  ticketOutput,
  tokenOutput,
} from "../../contract/schemas";
import * as operations from "../operations";
import { protectedProcedure, publicProcedure, router } from "./init";

export const authRouter = router({
  /** Open: how a client whose clock is off learns the time. */
  serverTime: publicProcedure.output(serverTimeOutput).query(({ ctx }) => operations.serverTime(ctx.call)),
  // A mutation, because every call makes a new ticket.
  ticket: publicProcedure.output(ticketOutput).mutation(({ ctx }) => operations.getTicket(ctx.call)),
  login: publicProcedure
    .input(loginInput)
    .output(tokenOutput)
    .mutation(({ ctx, input }) => operations.login(ctx.call, input)),
  refresh: publicProcedure
    .input(refreshInput)
    .output(tokenOutput)
    .mutation(({ ctx, input }) => operations.refresh(ctx.call, input)),
  logout: publicProcedure.input(logoutInput).mutation(({ ctx, input }) => operations.logout(ctx.call, input)),
  me: publicProcedure.output(meOutput).query(({ ctx }) => operations.me(ctx.call)),
  stepUp: protectedProcedure
    .input(stepUpInput)
    .output(stepUpOutput)
    .mutation(({ ctx, input }) => operations.stepUp(ctx.call, input)),
});
