import {
  qrClaimOutput,
  qrCodeInput,
  qrCreateOutput,
  qrDeviceCodeInput,
  qrIdInput,
  qrScanInput,
  qrScanOutput,
  qrStatusOutput,
  qrTicketInput,
  qrTokenInput,
} from "../../contract/qr";
import { tokenOutput } from "../../contract/schemas";
import * as operations from "../qr-operations";
import { protectedProcedure, publicProcedure, router } from "./init";

export const qrRouter = router({
  // The waiting computer: open, and each call proven by the key that asked for the code.
  create: publicProcedure.output(qrCreateOutput).mutation(({ ctx }) => operations.createQr(ctx.call)),
  status: publicProcedure
    .input(qrDeviceCodeInput)
    .output(qrStatusOutput)
    .mutation(({ ctx, input }) => operations.qrStatus(ctx.call, input)),
  watch: publicProcedure
    .input(qrIdInput)
    .subscription(({ ctx, input, signal }) => operations.watchQr(ctx.call, input, signal)),
  redeem: publicProcedure
    .input(qrTokenInput)
    .output(tokenOutput)
    .mutation(({ ctx, input }) => operations.redeemQr(ctx.call, input)),
  cancel: publicProcedure
    .input(qrDeviceCodeInput)
    .mutation(({ ctx, input }) => operations.cancelQr(ctx.call, input)),
  enterCode: publicProcedure
    .input(qrCodeInput)
    .mutation(({ ctx, input }) => operations.enterQrCode(ctx.call, input)),

  // The phone.
  scan: protectedProcedure
    .input(qrScanInput)
    .output(qrScanOutput)
    .mutation(({ ctx, input }) => operations.scanQr(ctx.call, input)),
  confirm: protectedProcedure
    .input(qrTicketInput)
    .mutation(({ ctx, input }) => operations.confirmQr(ctx.call, input)),
  deny: protectedProcedure
    .input(qrTicketInput)
    .mutation(({ ctx, input }) => operations.denyQr(ctx.call, input)),
  extend: protectedProcedure
    .input(qrTicketInput)
    .output(qrClaimOutput)
    .mutation(({ ctx, input }) => operations.extendQr(ctx.call, input)),
  claim: protectedProcedure
    .input(qrIdInput)
    .output(qrClaimOutput)
    .query(({ ctx, input }) => operations.readQrClaim(ctx.call, input)),
});
