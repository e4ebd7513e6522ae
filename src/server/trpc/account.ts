import { changePasswordInput } from "../../contract/schemas";
import * as operations from "../operations";
import { protectedProcedure, router } from "./init";

export const accountRouter = router({
  changePassword: protectedProcedure
    .input(changePasswordInput)
    .mutation(({ ctx, input }) => operations.changePassword(ctx.call, input)),
});
