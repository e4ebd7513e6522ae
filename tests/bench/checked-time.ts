/** The open call `server_time` once more, with the token check before it: what differs between the two is the check. */
import { serverTimeOutput } from "../../src/contract/schemas";
import type { Faces } from "../../src/server/api";
import type { Call } from "../../src/server/http/call";
import { readForm } from "../../src/server/http/read-body";
import { json } from "../../src/server/http/responses";
import { dispatch } from "../../src/server/http/routes";
import { serverTime } from "../../src/server/operations";
import { protectedProcedure, publicProcedure, router } from "../../src/server/trpc/init";
import { qrRouter } from "../../src/server/trpc/qr";

export const paths = {
  plain: { open: "/api/auth/server_time", checked: "/api/bench/checked_time" },
  trpc: { open: "/api/trpc/openTime", checked: "/api/trpc/checkedTime" },
} as const;

async function checkedTime(call: Call): Promise<Response> {
  await readForm(call);
  await call.principal();
  return json(serverTime(call));
}

export const measuredFaces: Faces = {
  plain: (call) => (call.url.pathname === paths.plain.checked ? checkedTime(call) : dispatch(call)),
  trpc: router({
    qr: qrRouter,
    openTime: publicProcedure.output(serverTimeOutput).query(({ ctx }) => serverTime(ctx.call)),
    checkedTime: protectedProcedure.output(serverTimeOutput).query(({ ctx }) => serverTime(ctx.call)),
  }),
};
