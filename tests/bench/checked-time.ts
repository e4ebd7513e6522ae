/** The handler of `server_time` twice on each face, without the token check and with it: they differ in nothing else. */
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
  plain: { open: "/api/bench/open_time", checked: "/api/bench/checked_time" },
  trpc: { open: "/api/trpc/openTime", checked: "/api/trpc/checkedTime" },
} as const;

async function openTime(call: Call): Promise<Response> {
  await readForm(call);
  return json(serverTime(call));
}

async function checkedTime(call: Call): Promise<Response> {
  await readForm(call);
  await call.principal();
  return json(serverTime(call));
}

const handlers = new Map<string, (call: Call) => Promise<Response>>([
  [paths.plain.open, openTime],
  [paths.plain.checked, checkedTime],
]);

export const measuredFaces: Faces = {
  plain: (call) => (handlers.get(call.url.pathname) ?? dispatch)(call),
  trpc: router({
    qr: qrRouter,
    openTime: publicProcedure.output(serverTimeOutput).query(({ ctx }) => serverTime(ctx.call)),
    checkedTime: protectedProcedure.output(serverTimeOutput).query(({ ctx }) => serverTime(ctx.call)),
  }),
};
