/** The handler of `server_time` twice on each face, without the token check and with it: they differ in nothing else. */

import { session } from "../../src/server/endpoints/access";
import type { Endpoint } from "../../src/server/endpoints/endpoint";
import { serverTime } from "../../src/server/endpoints/service";
import type { Faces } from "../../src/server/faces/api";
import { runPlain } from "../../src/server/faces/http/plain-face";
import { dispatch } from "../../src/server/faces/http/routes";
import { router } from "../../src/server/faces/trpc/init";
import { proceduresOf } from "../../src/server/faces/trpc/procedures";
import { appRouter } from "../../src/server/faces/trpc/router";

export const paths = {
  plain: { open: "/api/bench/open_time", checked: "/api/bench/checked_time" },
  trpc: { open: "/api/trpc/openTime", checked: "/api/trpc/checkedTime" },
} as const;

const checkedTime: Endpoint = { ...serverTime, access: session, admit: (caller) => session.admit(caller) };

const handlers = new Map<string, Endpoint>([
  [paths.plain.open, serverTime],
  [paths.plain.checked, checkedTime],
]);

export const measuredFaces: Faces = {
  plain(call) {
    const endpoint = handlers.get(call.url.pathname);
    return endpoint ? runPlain(endpoint, call, "") : dispatch(call);
  },
  trpc: router({ qr: appRouter.qr, ...proceduresOf({ openTime: serverTime, checkedTime }) }),
};
