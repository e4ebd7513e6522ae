import { siteCodeInput, siteCodeOutput } from "../../contract/sites";
import { issueSiteCode } from "../site-operations";
import { protectedProcedure, router } from "./init";

export const siteRouter = router({
  issueCode: protectedProcedure
    .input(siteCodeInput)
    .output(siteCodeOutput)
    .mutation(({ ctx, input }) => issueSiteCode(ctx.call, input)),
});
